"""Tables, the time axis, queries and legal state moves."""
