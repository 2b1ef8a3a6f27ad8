"""The kit: every check and every chaos probe of a backend, several lanes at a time, and their verdicts."""

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Any, TypeAlias

import msgspec

from execbench.conformance import steps
from execbench.conformance.catalogue import CHAOS, CONTRACT
from execbench.conformance.steps import Subject
from execbench.environment import library_threads, usable_cpus
from execbench.errors import BadInput
from execbench.lane.loading import BACKEND_USAGE
from execbench.lane.messages import Entered, Observed
from execbench.plugins.describe import Description
from execbench.supervisor.lane import LaneProcess, Nursery

MAX_WORKERS = 2
"""By default: enough for all that is checked, on any machine."""

Progress: TypeAlias = Callable[[str], object]


class Checkup(msgspec.Struct):
    """What was found of one backend so far."""

    contract: dict[str, str] = {}
    """By check: `pass`, `fail: ...` or `skip: ...`."""
    chaos: dict[str, Observed] = {}
    """By probe."""

    @property
    def failed(self) -> dict[str, str]:
        """The verdicts of the checks that failed."""
        return {name: verdict for name, verdict in self.contract.items() if verdict.startswith("fail")}


class Kit:
    """Checks one backend, with the options that a user chose."""

    def __init__(self, nursery: Nursery, backend: Description, max_workers: int = MAX_WORKERS) -> None:
        if importlib.util.find_spec("hypothesis") is None:
            raise BadInput("checking a backend needs hypothesis: python -m pip install 'execbench[check]'")
        self.title = backend.title
        self._nursery = nursery
        self._plugin = backend.plugin
        self._subject = Subject.of(backend, max_workers)
        self._lanes: set[LaneProcess] = set()
        self._verdicts: dict[str, str] = {}
        """Of the checks that one opening was enough for."""

    def admit(self) -> None:
        """Open it, as nothing can be said of one that cannot be opened, and do all checks that one opening allows.

        Raises:
            BadInput: it could not be opened, or what was opened is not an executor.
        """
        with self._lane() as lane:
            self._refuse(steps.admit(lane, self._subject))
            usual = [name for name in CONTRACT if self._counts(name) == [self._subject.max_workers]]
            names = [name for name in usual if not CONTRACT[name].leaving]
            self._verdicts = steps.checks_of_one_opening(lane, names)

    def _refuse(self, entered: Entered) -> None:
        if entered.misfit:
            raise BadInput(
                f"the backend {self._plugin.name!r} ({self._plugin.origin}) is broken: "
                f"{entered.misfit}; {BACKEND_USAGE}"
            )
        if entered.refusal:
            raise BadInput(f"the backend {self._plugin.name!r} could not be opened: {entered.refusal}")

    def _counts(self, name: str) -> list[int]:
        """The numbers of workers that a check is done with."""
        entry, asked = CONTRACT[name], self._subject.max_workers
        return sorted({*([1] if entry.single else []), *(asked + more for more in entry.more_workers)})

    def check(self, name: str) -> str:
        """Return the verdict of one check of the contract: the worst of all numbers of workers that it is done with."""
        if name in self._verdicts:
            return self._verdicts[name]
        verdict = self._with_each_count(name)
        if verdict.startswith("fail") and CONTRACT[name].leaving:
            # What another program left on the machine at that moment is not this backend's: a leak is there each time.
            return self._with_each_count(name)
        return verdict

    def _with_each_count(self, name: str) -> str:
        verdict = "pass"
        for count in self._counts(name):
            with self._lane() as lane:
                verdict = steps.check(lane, self._subject.with_workers(count), name)
            if verdict != "pass":
                break
        return verdict

    def observe(self, name: str) -> Observed:
        """Return the outcome of one chaos probe."""
        with self._lane() as lane:
            seen = steps.observe(lane, self._subject, name)
        return Observed(seen.outcome, seen.detail, round(seen.seconds, 3))

    def checkup(self, progress: Progress = lambda text: None) -> Checkup:
        """Carry out everything, several lanes at a time; an interrupt ends them all.

        Raises:
            BadInput: see `admit`.
        """
        progress(f"checking {self.title}, opening it")
        self.admit()
        found: dict[str, Any] = {}
        # Those that look at what is left on the machine come first, one at a time: others leave things, too.
        alone = [name for name, check in CONTRACT.items() if check.leaving]
        for name in alone:
            progress(f"checking {self.title}, {name}")
            found[name] = self.check(name)
        with ThreadPoolExecutor(max(2, usable_cpus())) as threads:
            futures: dict[Future[Any], str] = {
                threads.submit(self.check, name): name for name in CONTRACT if name not in alone
            }
            futures |= {threads.submit(self.observe, name): name for name in CHAOS}
            try:
                for future in as_completed(futures):
                    found[futures[future]] = future.result()
                    progress(f"checking {self.title}, {len(found)} of {len(CONTRACT) + len(CHAOS)} done")
            except BaseException:
                self._abandon(list(futures))
                raise
        return Checkup({name: found[name] for name in CONTRACT}, {name: found[name] for name in CHAOS})

    def _abandon(self, futures: Sequence[Future[Any]]) -> None:
        """End the lanes that are open, so that whoever waits for them finds them dead."""
        for future in futures:
            future.cancel()
        for lane in list(self._lanes):
            lane.tree.end()

    @contextmanager
    def _lane(self) -> Iterator[LaneProcess]:
        with self._nursery.lane(environment=library_threads(baseline=False)) as lane:
            self._lanes.add(lane)
            try:
                lane.greet()
                yield lane
            finally:
                self._lanes.discard(lane)
