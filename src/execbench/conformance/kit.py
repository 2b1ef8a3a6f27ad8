"""The kit: every check and every chaos probe of a backend, several lanes at a time, and their verdicts."""

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import msgspec

from execbench.conformance import steps
from execbench.environment import library_threads, usable_cpus
from execbench.errors import BadInput
from execbench.lane.checks.catalogue import CHAOS, CONTRACT
from execbench.lane.kit_messages import Enter, Finding
from execbench.lane.loading import BACKEND_USAGE
from execbench.plugins.describe import Description, chosen, describe, describe_catalogue, usable
from execbench.plugins.registry import Plugin
from execbench.supervisor.lane import LaneProcess, Nursery

_LEAVING = [name for name in CONTRACT if CONTRACT[name].leaving]
_OTHERS = [name for name in CONTRACT if name not in _LEAVING]


class Checkup(msgspec.Struct):
    """What was found about one backend so far."""

    contract: dict[str, str] = {}
    """By check: `pass`, `fail: ...` or `skip: ...`."""
    chaos: dict[str, Finding] = {}
    """By probe."""

    @property
    def failed(self) -> dict[str, str]:
        """The verdicts of the checks that failed."""
        return {name: verdict for name, verdict in self.contract.items() if verdict.startswith("fail")}


class Kit:
    """Checks one backend, with the options that a user chose."""

    def __init__(self, nursery: Nursery, backend: Description, max_workers: int = 2) -> None:
        if importlib.util.find_spec("hypothesis") is None:
            raise BadInput("checking a backend needs hypothesis: python -m pip install 'execbench[check]'")
        self.title = backend.title
        self._nursery = nursery
        self._plugin = backend.plugin
        self._enter = Enter(backend.plugin.place, dict(backend.options), max_workers)
        self._lanes: set[LaneProcess] = set()
        self._verdicts: dict[str, str] = {}
        """Of the checks that need only one opening."""

    def admit(self) -> None:
        """Open the backend once, and run all checks that need only one opening.

        Raises:
            BadInput: it could not be opened, or what was opened is not an executor.
        """
        with self._lane() as lane:
            opened = steps.open_backend(lane, self._enter)
            if opened.outcome == "misfit":
                origin = f"the backend {self._plugin.name!r} ({self._plugin.origin})"
                raise BadInput(f"{origin} is broken: {opened.detail}; {BACKEND_USAGE}")
            if opened.outcome != "right":
                raise BadInput(f"the backend {self._plugin.name!r} cannot be checked: {opened.detail}")
            usual = [name for name in _OTHERS if self._counts(name) == [self._enter.max_workers]]
            self._verdicts = steps.checks_of_one_opening(lane, usual)

    def _counts(self, name: str) -> list[int]:
        """Return the numbers of workers that a check runs with."""
        entry, asked = CONTRACT[name], self._enter.max_workers
        return sorted({*([1] if entry.single else []), *(asked + more for more in entry.more_workers)})

    def check(self, name: str) -> str:
        """Return the verdict of one check of the contract: `pass` only if it passes with each number of workers."""
        if name in self._verdicts:
            return self._verdicts[name]
        verdict = self._with_each_count(name)
        # Another program may have left something on the machine at that moment; a leak is there each time.
        again = verdict.startswith("fail") and name in _LEAVING
        return self._with_each_count(name) if again else verdict

    def _with_each_count(self, name: str) -> str:
        for count in self._counts(name):
            with self._lane() as lane:
                verdict = steps.check(lane, replace(self._enter, max_workers=count), name)
            if verdict != "pass":
                return verdict
        return "pass"

    def observe(self, name: str) -> Finding:
        """Return the outcome of one chaos probe."""
        with self._lane() as lane:
            return steps.observe(lane, self._enter, name)

    def checkup(self, progress: Callable[[str], object] = lambda text: None) -> Checkup:
        """Run everything, several lanes at a time; an interrupt ends them all.

        Raises:
            BadInput: see `admit`.
        """
        progress(f"checking {self.title}, opening it")
        self.admit()
        found: dict[str, Any] = {}
        # Checks that look at what is left on the machine come first, one at a time: others leave things, too.
        for name in _LEAVING:
            progress(f"checking {self.title}, {name}")
            found[name] = self.check(name)
        with ThreadPoolExecutor(max(2, usable_cpus())) as pool:
            futures: dict[Future[Any], str] = {pool.submit(self.check, name): name for name in _OTHERS}
            futures |= {pool.submit(self.observe, name): name for name in CHAOS}
            try:
                for future in as_completed(futures):
                    found[futures[future]] = future.result()
                    progress(f"checking {self.title}, {len(found)} of {len(CONTRACT) + len(CHAOS)} done")
            except BaseException:
                for future in futures:
                    future.cancel()
                for lane in list(self._lanes):  # which also ends the threads that wait for them
                    lane.tree.end()
                raise
        return Checkup({name: found[name] for name in CONTRACT}, {name: found[name] for name in CHAOS})

    @contextmanager
    def _lane(self) -> Iterator[LaneProcess]:
        with self._nursery.lane(environment=library_threads(baseline=False)) as lane:
            self._lanes.add(lane)
            try:
                lane.greet()
                yield lane
            finally:
                self._lanes.discard(lane)


def kits(nursery: Nursery, wanted: Sequence[str | Plugin], max_workers: int = 2) -> list[Kit]:
    """Return a kit for each backend that a user named; without names, for each one that works here.

    Raises:
        BadInput: a name is unknown, or what it names is unavailable or broken.
    """
    if wanted:
        backends = [usable(description) for description in describe(nursery, chosen("backend", wanted))]
    else:
        backends = [description for description in describe_catalogue(nursery, "backend") if description.works]
    return [Kit(nursery, backend, max_workers) for backend in backends]
