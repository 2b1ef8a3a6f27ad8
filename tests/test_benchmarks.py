"""Every workload on every backend: `pytest --benchmark-only` races them, plain `pytest` checks their results."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from execbench.pytest_plugin import TrialCase


def test_trial(trial: TrialCase, benchmark: BenchmarkFixture) -> None:
    """A trial's results are those of a plain loop."""
    trial.run(benchmark)
