"""The kit as tests: `pytest -p execbench.pytest_plugin --pyargs execbench.conformance --backend NAME`."""

from typing import Protocol


class Case(Protocol):
    """A check or a probe of one backend, as the pytest plugin hands it to a test."""

    def run(self) -> None:
        """Fail or skip the test as the check does, with its reason."""


def test_contract(contract_check: Case) -> None:
    """The backend does what every backend must do."""
    contract_check.run()


def test_chaos(chaos_probe: Case) -> None:
    """What the backend does when things go wrong is seen, and never fails."""
    chaos_probe.run()
