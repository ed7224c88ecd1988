"""The read queries, a module a noun: each function is a listing as SQL one can read."""
