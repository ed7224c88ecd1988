"""What pages show, a module a noun."""
