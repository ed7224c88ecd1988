"""The loop that picks tasks and the jobs that build packages."""
