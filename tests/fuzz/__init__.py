"""Fuzzers: damaged files for every reader, and signals at random moments. `python -m tests.fuzz --help` runs more."""
