"""Fuzzers: damaged files for every reader, and signals at random moments. `python -m tests.fuzz --help` runs more."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))  # as pytest's settings do
