"""What backends cost: measured once, kept in the user's cache folder, and never needed for an answer."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from execbench.advice import calibration
from execbench.advice.budget import Budget
from execbench.advice.calibration import Calibrations, cache_path
from execbench.lane.questions import Calibrated
from execbench.plugins.select import Request, select
from execbench.plugins.trial import Choice
from execbench.supervisor.lane import Nursery

SLOW = """
import threading


def backend(max_workers, /):
    threading.Event().wait()
"""

WAITING = """
import pickle
import threading
from contextlib import contextmanager


class Executor:
    def map(self, fn, tasks, *, chunksize=1):
        try:
            fn = pickle.loads(pickle.dumps(fn))
        except Exception:
            threading.Event().wait()
        return [fn(task) for task in tasks]


@contextmanager
def backend(max_workers, /):
    yield Executor()
"""


class Machine:
    """Calibrates as each advice does, and notes what it says."""

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        self.warnings: list[str] = []
        self.failures: dict[str, str] = {}
        self.budget = Budget(1)

    def choices(self, *names: str) -> list[Choice]:
        """Return backends with all their options."""
        selection = select(self._nursery, Request(backends=names, workloads=["noop"]))
        return [trial.backend for trial in selection.trials if not trial.is_baseline]

    def calibrate(self, *backends: Choice, loop: float = 60.0) -> tuple[dict[str, Calibrated], list[str]]:
        """Return the costs, and what the user was told."""
        told: list[str] = []
        calibrations = Calibrations(self._nursery, self.warnings.append)
        costs = calibrations.of(backends, loop, self.budget, told.append)
        self.failures = calibrations.failures
        return costs, told


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """What starts the processes."""
    with Nursery() as nursery:
        yield nursery


@pytest.fixture(scope="module")
def threads(nursery: Nursery) -> Choice:
    """A backend that is calibrated at once."""
    return Machine(nursery).choices("threads")[0]


@pytest.fixture
def machine(nursery: Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine with an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Machine(nursery)


def test_costs_are_measured_and_kept(machine: Machine) -> None:
    """Threads share their process, worker processes do not; the second advice measures neither."""
    backends = machine.choices("threads", "process_pool", "pool[call=apply]")
    costs, told = machine.calibrate(*backends)
    assert told == [
        f"calibrating {name}, once for this machine" for name in ("threads", "process_pool", "pool[call=apply]")
    ]
    assert {name: (each.shared, each.serial) for name, each in costs.items()} == {
        "threads": (True, False),
        "process_pool": (False, False),
        "pool[call=apply]": (False, True),
    }
    assert min(costs["process_pool"].first_call, costs["process_pool"].call, costs["process_pool"].byte_out) > 0
    assert machine.calibrate(*backends) == (costs, [])
    assert machine.warnings == []


def test_what_awaits_is_seen(machine: Machine) -> None:
    """It is noted which backends await coroutines themselves."""
    costs, _ = machine.calibrate(*machine.choices("asyncio", "threads"))
    assert [each.awaits for each in costs.values()] == [True, False]


def test_forks_are_seen(machine: Machine) -> None:
    """It is measured whether workers are forked, however they are started by default."""
    backends = machine.choices("pool[start_method=fork]", "pool[start_method=forkserver]", "threads")
    costs, _ = machine.calibrate(*backends)
    assert [each.forks for each in costs.values()] == [True, False, False]


@pytest.mark.slow
def test_what_goes_by_value_is_seen(machine: Machine) -> None:
    """It is measured whether a backend sends a lambda, its task and its result; threads need not."""
    seen = {}
    for backend in machine.choices("joblib", "processes[start_method=fork]", "threads"):
        seen.update(machine.calibrate(backend)[0])
    assert [each.by_value for each in seen.values()] == [True, False, False]


def test_backend_that_waits_for_what_it_cannot_send(machine: Machine, tmp_path: Path) -> None:
    """A backend that waits forever when it cannot send a lambda is calibrated all the same."""
    (tmp_path / "waiting.py").write_text(WAITING)
    costs, _ = machine.calibrate(*machine.choices(str(tmp_path / "waiting.py")))
    assert [(each.shared, each.forks, each.by_value) for each in costs.values()] == [(False, False, False)]
    assert machine.failures == {}


def test_budget_stands_still(machine: Machine, threads: Choice) -> None:
    """What is measured once for a machine takes nothing of the budget."""
    machine.calibrate(threads)
    assert machine.budget.uncounted > 0


@pytest.mark.parametrize("age", [calibration.FRESH_SECONDS, -3600.0], ids=["old", "of tomorrow"])
def test_stale_calibration_is_replaced(machine: Machine, threads: Choice, age: float) -> None:
    """A calibration that is too old, or of a clock that went wrong, is measured again, once."""
    machine.calibrate(threads)
    content = json.loads(cache_path().read_text())
    (kept,) = content["calibrations"].values()
    kept["measured"] -= age
    cache_path().write_text(json.dumps(content))
    assert machine.calibrate(threads)[1] != []
    assert machine.calibrate(threads)[1] == []


def _cut_off(content: str) -> str:
    return content[: len(content) // 2]


def _of_another_version(content: str) -> str:
    return json.dumps({**json.loads(content), "execbench": "0.0.1"})


def _of_another_form(content: str) -> str:
    return json.dumps({**json.loads(content), "calibrations": [1]})


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_cut_off, "is ignored: "),
        (_of_another_version, "is ignored: it is of execbench 0.0.1"),
        (_of_another_form, "is ignored: "),
        (lambda _: "", "is ignored: "),
    ],
    ids=["cut off", "another version", "another form", "empty"],
)
def test_spoilt_cache_is_ignored(machine: Machine, threads: Choice, spoil: Callable[[str], str], said: str) -> None:
    """A cache that cannot be used is ignored, as one line says, and replaced."""
    machine.calibrate(threads)
    cache_path().write_text(spoil(cache_path().read_text()))
    costs, told = machine.calibrate(threads)
    assert list(costs) == ["threads"]
    assert told != []
    (warning,) = machine.warnings
    assert warning.startswith(f"{cache_path()} {said}")
    assert "\n" not in warning
    assert machine.calibrate(threads) == (costs, [])


def test_cache_that_cannot_be_written(machine: Machine, threads: Choice, tmp_path: Path) -> None:
    """Where no cache can be kept, the costs are the same, and one line says so."""
    (tmp_path / "cache").write_text("a file where a folder should be")
    assert list(machine.calibrate(threads)[0]) == ["threads"]
    (warning,) = machine.warnings
    assert warning == f"the calibrations cannot be kept in {cache_path()}: Not a directory"


def test_slow_backend_is_kept_as_such(machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend that takes longer than the limit is not waited for again, unless the loop takes longer, too."""
    monkeypatch.setattr(calibration, "LEAST_SECONDS", 0.5)
    (tmp_path / "slow.py").write_text(SLOW)
    (slow,) = machine.choices(str(tmp_path / "slow.py"))
    told = []
    for loop in (0.1, 0.1, 0.3):
        costs, words = machine.calibrate(slow, loop=loop)
        assert costs == {}
        told.append(len(words))
    assert told == [1, 0, 1]
    assert machine.failures == {"slow": "it takes more than 0.6 s to start and stop"}


def test_failure_is_not_kept(machine: Machine, broken: Path) -> None:
    """A backend that cannot be opened is not tried in this advice, for the reason that it gives, but in the next."""
    (backend,) = machine.choices(str(broken / "cannot_enter.py"))
    for _ in range(2):
        costs, told = machine.calibrate(backend)
        assert costs == {}
        assert told != []
        assert "nobody answers at 127.0.0.1:9" in machine.failures["cannot_enter"]


def test_time_for_calibrations_is_bounded(machine: Machine, threads: Choice, monkeypatch: pytest.MonkeyPatch) -> None:
    """What there is no time for is left to the next advice."""
    monkeypatch.setattr(calibration, "MOST_SECONDS", 0.0)
    assert machine.calibrate(threads) == ({}, [])
    assert machine.failures == {"threads": "not calibrated yet: the next advice will do that"}


@pytest.mark.parametrize("what", ["interpreter", "CPUs", "packages"])
def test_what_costs_depend_on(machine: Machine, threads: Choice, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Another interpreter, other CPUs or newly installed packages make a new calibration."""
    machine.calibrate(threads)
    change: dict[str, Callable[[], None]] = {
        "interpreter": lambda: monkeypatch.setattr(sys, "executable", "/another/python"),
        "CPUs": lambda: monkeypatch.setattr(calibration, "usable_cpus", lambda: 1),
        "packages": lambda: monkeypatch.setattr(calibration, "_changed", lambda _: 1.0),
    }
    change[what]()
    assert machine.calibrate(threads)[1] != []


def test_other_options_cost_something_else(machine: Machine) -> None:
    """A backend with other options has a calibration of its own."""
    default, spawning = machine.choices("process_pool", "process_pool[start_method=spawn]")
    machine.calibrate(default)
    assert machine.calibrate(spawning, default)[1] == [f"calibrating {spawning.title}, once for this machine"]
