"""The kit as tests: `pytest -p execbench.pytest_plugin --pyargs execbench.conformance --backend NAME`."""

from collections.abc import Callable


def test_contract(contract_check: Callable[[], None]) -> None:
    """The backend does what every backend must do."""
    contract_check()


def test_chaos(chaos_probe: Callable[[], None]) -> None:
    """What the backend does when things go wrong is observed, and never fails."""
    chaos_probe()
