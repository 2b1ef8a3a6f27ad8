"""Advice: which executor to use for a function, by how much, and the code."""
