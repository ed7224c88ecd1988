"""Copr's REST API v3 on top of the hub's verbs."""
