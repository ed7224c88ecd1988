"""What people do on pages, a module a noun: each calls one verb."""
