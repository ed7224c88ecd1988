"""The rules of the hub: a module a noun, a function a verb; both protocols, pages and builders call these."""
