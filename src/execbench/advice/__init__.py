"""Advice: which executor to use for a function, how sure that is, and the code to paste."""
