"""Runs kept by commit, and the commits at which trials changed."""
