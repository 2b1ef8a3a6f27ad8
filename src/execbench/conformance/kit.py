"""The kit: every check and every chaos probe of a backend, several lanes at a time, and their verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Any

from execbench.conformance import playing
from execbench.conformance.catalogue import CHAOS, CONTRACT
from execbench.conformance.playing import Subject
from execbench.environment import library_threads, usable_cpus
from execbench.errors import BadInput
from execbench.lane.describing import Description
from execbench.lane.loading import A_BACKEND_IS
from execbench.lane.process import LaneProcess, Nursery

MAX_WORKERS = 2
"""By default: enough for all that is checked, on any machine."""

Checkup = dict[str, dict[str, Any]]
"""`{"contract": {check: "pass" | "fail: ..." | "skip: ..."}, "chaos": {probe: {"outcome", "detail", "seconds"}}}`."""

Progress = Callable[[str], object]


class Kit:
    """Checks one backend, with the options that a user chose."""

    def __init__(self, nursery: Nursery, backend: Description, max_workers: int = MAX_WORKERS) -> None:
        self.title = backend.title
        self._nursery = nursery
        self._plugin = backend.plugin
        self._subject = Subject.of(backend, max_workers)
        self._lanes: set[LaneProcess] = set()

    def admit(self) -> None:
        """Open and leave it once, as nothing can be said of one that cannot be opened.

        Raises:
            BadInput: it could not be opened, or what was opened is no executor.
        """
        with self._lane(self._subject.max_workers) as lane:
            opened = playing.admission(lane, self._subject)
        if "misfit" in opened:
            raise BadInput(
                f"the backend {self._plugin.name!r} ({self._plugin.origin}) is broken: "
                f"{opened['misfit']}; {A_BACKEND_IS}"
            )
        if "refusal" in opened:
            raise BadInput(f"the backend {self._plugin.name!r} could not be opened: {opened['refusal']}")

    def check(self, name: str) -> str:
        """Return the verdict of one check of the contract: the worst of all numbers of workers that it is done with."""
        entry, asked = CONTRACT[name], self._subject.max_workers
        counts = sorted({*([1] if entry.single else []), *(asked + more for more in entry.more_workers)})
        verdict = "pass"
        for count in counts:
            with self._lane(count) as lane:
                verdict = playing.check(lane, self._subject.with_workers(count), name)
            if verdict != "pass":
                break
        return verdict

    def observe(self, name: str) -> dict[str, Any]:
        """Return the outcome of one chaos probe, with its detail and seconds."""
        with self._lane(self._subject.max_workers) as lane:
            seen = playing.observe(lane, self._subject, name)
        return {**seen, "seconds": round(seen["seconds"], 3)}

    def checkup(self, progress: Progress = lambda text: None) -> Checkup:
        """Carry out everything, several lanes at a time; an interrupt ends them all.

        Raises:
            BadInput: see `admit`.
        """
        self.admit()
        found: dict[tuple[str, str], Any] = {}
        # Those that look at what is left on the machine come first, one at a time: others leave things, too.
        alone = [name for name, check in CONTRACT.items() if check.leaving]
        for name in alone:
            progress(f"checking {self.title}, {name}")
            found["contract", name] = self.check(name)
        with ThreadPoolExecutor(max(2, usable_cpus())) as threads:
            futures: dict[Future[Any], tuple[str, str]] = {
                threads.submit(self.check, name): ("contract", name) for name in CONTRACT if name not in alone
            }
            futures |= {threads.submit(self.observe, name): ("chaos", name) for name in CHAOS}
            try:
                for future in as_completed(futures):
                    found[futures[future]] = future.result()
                    progress(f"checking {self.title}, {len(found)} of {len(CONTRACT) + len(CHAOS)} done")
            except BaseException:
                self._abandon(list(futures))
                raise
        return {
            "contract": {name: found["contract", name] for name in CONTRACT},
            "chaos": {name: found["chaos", name] for name in CHAOS},
        }

    def _abandon(self, futures: Sequence[Future[Any]]) -> None:
        """End the lanes that are open, so that those who wait for them find them dead."""
        for future in futures:
            future.cancel()
        for lane in list(self._lanes):
            lane.tree.end()

    @contextmanager
    def _lane(self, max_workers: int) -> Iterator[LaneProcess]:
        with self._nursery.lane(environment=library_threads(max_workers, baseline=False)) as lane:
            self._lanes.add(lane)
            try:
                lane.greet()
                yield lane
            finally:
                self._lanes.discard(lane)


def failed(checkup: Checkup) -> list[str]:
    """Return the checks of the contract that failed."""
    return [name for name, verdict in checkup["contract"].items() if verdict.startswith("fail")]
