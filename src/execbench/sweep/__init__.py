"""Sweeps: a backend against a yardstick, over tasks of varying length or number, until its curve crosses a mark."""
