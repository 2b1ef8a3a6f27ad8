"""An entrant: one trial in a race, its lane of the present launch, and all that was measured of it so far."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from statistics import fmean, median
from typing import Any

import psutil

from execbench.doubts import Evidence, doubts_about
from execbench.environment import library_threads, usable_cpus
from execbench.lane.process import LaneFailure, LaneProcess, Nursery
from execbench.record import Record, Status
from execbench.settings import Settings
from execbench.stats import Interval, Samples
from execbench.trace import Trace, traced
from execbench.trial import Trial
from execbench.usage import Used, Window, foreign_share

_EXIT_SECONDS = 5.0


class Entrant:
    """Runs one trial's lanes, a command at a time, and collects what they measure."""

    def __init__(self, trial: Trial, settings: Settings) -> None:
        self.trial = trial
        self.launches = 0
        self.warm_seconds = 0.0
        self.launch_seconds = 0.0
        """What the present launch took to get to its first timed round."""
        self.status: Status | None = None
        self._settings = settings
        self._reason: str | None = None
        self._lane: LaneProcess | None = None
        self._python_version: str | None = None
        self._seconds: list[float] = []
        self._reference_seconds: list[float] = []
        self._launch: list[int] = []
        self._heat: list[int] = []
        self._times: dict[str, list[float]] = {"startup": [], "first_call": [], "shutdown": []}
        self._windows: list[Used] = []
        self._peak_memory = 0
        self._untimed = 0.0
        self._sizes: Mapping[str, int | None] = {"task_bytes": None, "result_bytes": None, "uncompiled": 0}
        self._left_over = 0
        self._cluster: Mapping[str, Any] | None = None
        self._trace: Trace | None = None

    @property
    def failed(self) -> bool:
        """Tell whether the trial has failed: then it is not launched again."""
        return self.status is not None

    @property
    def racing(self) -> bool:
        """Tell whether a lane of it is open."""
        return self._lane is not None

    @property
    def samples(self) -> Samples:
        """All timed rounds so far."""
        return Samples(tuple(self._seconds), tuple(self._launch), tuple(self._heat), self._settings.launches)

    @property
    def spent(self) -> float:
        """The seconds that its executors took so far: opening, closing and every round, timed or not."""
        return sum(self._seconds) + self._untimed

    def start(self, nursery: Nursery) -> None:
        """Start a lane and let it import both plugins and make the tasks, without waiting for it."""
        trial = self.trial
        threads = library_threads(trial.max_workers, baseline=trial.is_baseline)
        self._lane = nursery.lane(trial.python.path, threads)
        self._lane.send(
            "prepare",
            workload=asdict(trial.workload.plugin),
            workload_options=dict(trial.workload.options),
            size=trial.size,
            backend=asdict(trial.backend.plugin),
        )

    def settle(self) -> None:
        """Wait until the lane has its tasks."""
        if self._lane is not None:
            self._lane.greet()
            self._python_version = self._lane.python_version
            with self._failing():
                self._lane.receive("prepare", limit=self._settings.round_timeout)

    def open(self) -> None:
        """Start the workers and make the first call, each on the clock; then let the lane make its oracle."""
        if self._lane is None:
            return
        with self._failing():
            opened = self._lane.ask(
                "open",
                limit=self._settings.open_timeout,
                beyond="not_opened",
                max_workers=self.trial.max_workers,
                options=dict(self.trial.backend.options),
                chunksize=self.trial.used_chunksize,
                disable_gc=self._settings.disable_gc,
            )
            first = self._lane.ask("first_call", limit=self._settings.round_timeout)
            self._cluster = opened["cluster"]
            self._times["startup"].append(opened["seconds"])
            self._times["first_call"].append(first["seconds"])

    def start_check(self) -> None:
        """Let the lane make its oracle and judge its first call, without waiting for it."""
        if self._lane is not None:
            self._lane.send("check")

    def warm_up(self) -> None:
        """Wait for the check and run the warm-up round, which tells how long a round takes."""
        if self._lane is None:
            return
        with self._failing():
            self._sizes = self._lane.receive("check", limit=3 * self._settings.round_timeout)
            round_ = self._lane.ask("round", limit=self._settings.round_timeout, watch=self._watch_memory)
            self._lane.ask("judge", limit=self._settings.round_timeout)
            self.warm_seconds = round_["seconds"]
            self.launch_seconds = self._times["startup"][-1] + self._times["first_call"][-1] + self.warm_seconds
            self._untimed += self.launch_seconds

    def round(self, launch: int, heat: int) -> None:
        """Run one timed round."""
        assert self._lane is not None
        window = Window(self._lane.tree)
        with self._failing():
            answer = self._lane.ask("round", limit=self._settings.round_timeout)
            used = window.close()
            self._lane.ask("judge", limit=self._settings.round_timeout)
            if self.trial.is_baseline:
                reference = self._lane.ask("reference", limit=self._settings.round_timeout)
                self._reference_seconds.append(reference["seconds"])
            self._keep(answer["seconds"], launch, heat, used)

    def trace(self) -> None:
        """Run one more round, with every task's time and place noted, that counts for nothing else."""
        assert self._lane is not None
        known = {process.pid for process in self._lane.tree.members()}
        with self._failing():
            answer = self._lane.ask("trace", limit=self._settings.round_timeout)
            self._lane.ask("judge", limit=self._settings.round_timeout)
            if self._cluster is not None:  # its workers were there before, but nobody here can see them
                known |= {pid for _, _, pid, _ in answer["spans"]}
            size = (self._sizes["task_bytes"] or 0) + (self._sizes["result_bytes"] or 0)
            self._trace = traced({**answer, "bytes": size}, known, median(self._seconds or [self.warm_seconds]))

    def close(self) -> None:
        """Close the executor, on the clock, and let the lane exit without waiting for it."""
        if self._lane is None:
            return
        with self._failing():
            answer = self._lane.ask("close", limit=self._settings.close_timeout, beyond="not_closed")
            self._times["shutdown"].append(answer["seconds"])
            self._untimed += answer["seconds"]
            self._lane.dismiss()

    def leave(self) -> None:
        """Wait until the lane has exited; end what it has left behind."""
        if self._lane is not None:
            self._lane.end(patience=_EXIT_SECONDS)
            self._left_over = max(self._left_over, self._lane.left_over)
            self._lane = None
            self.launches += 1

    def fail(self, status: Any, reason: str) -> None:
        """Note why the trial failed, and end its lane at once."""
        self.status, self._reason = status, reason
        self.abandon()

    def abandon(self) -> None:
        """End the lane, if one is open, with its whole process tree."""
        if self._lane is not None:
            self._lane.end()
            self._lane = None

    def record(self, speedup: Interval | None, *, finished: bool) -> Record:
        """Return what is kept of the trial; one that has neither failed nor finished is cancelled."""
        trial = self.trial
        status, reason = self.status, self._reason
        if status is None and not finished:
            status, reason = "cancelled", "the run was interrupted before this trial was finished"
        return Record(
            name=trial.id,
            workload=trial.workload.plugin.name,
            workload_options=trial.workload.options,
            size=trial.size,
            backend=trial.backend.plugin.name,
            backend_options=trial.backend.options,
            max_workers=trial.max_workers,
            chunksize={"requested": trial.chunksize, "used": trial.used_chunksize},
            python={"name": trial.python.name, "version": self._python_version},
            status=status or "ok",
            reason=reason,
            launches=self.launches,
            heats=len(self._seconds),
            samples=self.samples,
            reference_seconds=tuple(self._reference_seconds),
            startup_seconds=tuple(self._times["startup"]),
            first_call_seconds=tuple(self._times["first_call"]),
            shutdown_seconds=tuple(self._times["shutdown"]),
            cpu_seconds=fmean(used.cpu_seconds for used in self._windows) if self._windows else None,
            peak_memory_bytes=max([self._peak_memory, *(used.memory_bytes for used in self._windows)]) or None,
            task_bytes=self._sizes["task_bytes"],
            result_bytes=self._sizes["result_bytes"],
            cluster=self._cluster,
            speedup=speedup,
            trace=self._trace,
            doubts=doubts_about(self._evidence()) if self._seconds else (),
        )

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Note a failure of the lane rather than raise it: the others race on."""
        try:
            yield
        except LaneFailure as failure:
            self.fail(failure.status, failure.reason)

    def _keep(self, seconds: float, launch: int, heat: int, used: Used) -> None:
        self._seconds.append(seconds)
        self._launch.append(launch)
        self._heat.append(heat)
        self._windows.append(used)

    def _watch_memory(self) -> None:
        """Look at memory during the warm-up round, as workers that live for one round are gone after it."""
        assert self._lane is not None
        self._peak_memory = max(self._peak_memory, self._lane.tree.reading().memory_bytes)

    def _evidence(self) -> Evidence:
        threads = library_threads(self.trial.max_workers, baseline=self.trial.is_baseline)["OMP_NUM_THREADS"]
        return Evidence(
            samples=self.samples,
            max_workers=self.trial.max_workers,
            usable_cpus=usable_cpus(),
            threads_per_worker=int(threads) if threads.isdigit() else 1,
            clock_resolution=time.get_clock_info("perf_counter").resolution,
            foreign_cpu=foreign_share(self._windows),
            result_bytes=self._sizes["result_bytes"] or 0,
            available_memory=psutil.virtual_memory().available,
            left_over=self._left_over,
            uncompiled=self._sizes["uncompiled"] or 0,
            elsewhere=self._cluster is not None,
        )
