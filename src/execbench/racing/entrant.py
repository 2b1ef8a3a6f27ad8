"""An entrant: one trial in a race, its lane of the present launch, and all that was measured of it so far."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import fmean, median

import psutil
from msgspec import UNSET, UnsetType

from execbench.environment import library_threads, usable_cpus
from execbench.lane import messages
from execbench.lane.messages import Checked, Opened, Status, TracedRound
from execbench.plugins.trial import Trial
from execbench.records.doubts import Circumstances, doubts_about
from execbench.records.record import Chunking, Cluster, Interpreter, Record, Trace, Worker
from execbench.settings import Settings
from execbench.stats import Interval, Samples
from execbench.supervisor.lane import LaneProcess, Nursery
from execbench.supervisor.pipe import LaneFailure
from execbench.supervisor.process_tree import Used, Window, foreign_share

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
        self._limit = settings.round_timeout
        self._reason: str | None = None
        self._lane: LaneProcess | None = None
        self._python_version: str | None = None
        self._seconds: list[float] = []
        self._reference_seconds: list[float] = []
        self._launch: list[int] = []
        self._heat: list[int] = []
        self._startup: list[float] = []
        self._first_call: list[float] = []
        self._shutdown: list[float] = []
        self._windows: list[Used] = []
        self._peak_memory = 0
        self._untimed = 0.0
        self._checked = Checked()
        self._left_over = 0
        self._cluster: Cluster | None = None
        self._trace: Trace | UnsetType = UNSET

    @property
    def failed(self) -> bool:
        """Whether the trial has failed: then it is not launched again."""
        return self.status is not None

    @property
    def racing(self) -> bool:
        """Whether a lane of it is open."""
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
        threads = library_threads(baseline=trial.is_baseline)
        self._lane = nursery.lane(trial.python.path, threads)
        workload, backend = trial.workload, trial.backend
        self._lane.start_prepare(workload.plugin.place, workload.options, trial.size, backend.plugin.place)

    def settle(self) -> None:
        """Wait until the lane has its tasks."""
        if self._lane is not None:
            self._lane.greet()
            self._python_version = self._lane.python_version
            with self._failing():
                self._lane.finish_prepare(self._limit)

    def open(self) -> None:
        """Start the workers and make the first call, each on the clock."""
        if self._lane is None:
            return
        trial, settings = self.trial, self._settings
        with self._failing():
            command = messages.Open(
                trial.max_workers, dict(trial.backend.options), trial.used_chunksize, settings.disable_gc
            )
            opened = self._lane.open(command, settings.open_timeout)
            first_call = self._lane.first_call(self._limit)
            self._cluster = _cluster_of(opened)
            self._startup.append(opened.seconds)
            self._first_call.append(first_call)

    def start_check(self) -> None:
        """Let the lane compute its oracle and judge its first call, without waiting for it."""
        if self._lane is not None:
            self._lane.start_check()

    def warm_up(self) -> None:
        """Wait for the check and run the warm-up round, which tells how long a round takes."""
        if self._lane is None:
            return
        with self._failing():
            self._checked = self._lane.finish_check(3 * self._limit)
            self.warm_seconds = self._lane.round(self._limit, watch=self._watch_memory)
            self._lane.judge(self._limit)
            self.launch_seconds = self._startup[-1] + self._first_call[-1] + self.warm_seconds
            self._untimed += self.launch_seconds

    def round(self, launch: int, heat: int) -> None:
        """Run one timed round."""
        assert self._lane is not None
        window = Window(self._lane.tree)
        with self._failing():
            seconds = self._lane.round(self._limit)
            used = window.close()
            self._lane.judge(self._limit)
            if self.trial.is_baseline:
                self._reference_seconds.append(self._lane.run_reference(self._limit))
            self._seconds.append(seconds)
            self._launch.append(launch)
            self._heat.append(heat)
            self._windows.append(used)

    def trace(self) -> None:
        """Run one more round, with every task's time and place noted, that counts for nothing else."""
        assert self._lane is not None
        known = {process.pid for process in self._lane.tree.members()}
        with self._failing():
            traced = self._lane.trace(self._limit)
            self._lane.judge(self._limit)
            if self._cluster is not None:  # its workers ran before, but cannot be seen from here
                known |= {pid for _, _, pid, _ in traced.spans}
            try:
                self._trace = self._trace_of(traced, known)
            except ValueError as error:
                self.fail("wrong_result", f"the traced round: {error}")

    def close(self) -> None:
        """Close the executor, on the clock, and let the lane exit without waiting for it."""
        if self._lane is None:
            return
        with self._failing():
            seconds = self._lane.close(self._settings.close_timeout)
            self._shutdown.append(seconds)
            self._untimed += seconds
            self._lane.dismiss()

    def leave(self) -> None:
        """Wait until the lane has exited; end what it has left behind."""
        if self._lane is not None:
            self._lane.end(patience=_EXIT_SECONDS)
            self._left_over = max(self._left_over, self._lane.left_over)
            self._lane = None
            self.launches += 1

    def fail(self, status: Status, reason: str) -> None:
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
            chunksize=Chunking(trial.chunksize, trial.used_chunksize),
            python=Interpreter(trial.python.name, self._python_version),
            status=status or "ok",
            reason=reason,
            launches=self.launches,
            heats=len(self._seconds),
            samples=self.samples,
            reference_seconds=tuple(self._reference_seconds),
            startup_seconds=tuple(self._startup),
            first_call_seconds=tuple(self._first_call),
            shutdown_seconds=tuple(self._shutdown),
            cpu_seconds=fmean(used.cpu_seconds for used in self._windows) if self._windows else None,
            peak_memory_bytes=max([self._peak_memory, *(used.memory_bytes for used in self._windows)]) or None,
            task_bytes=self._checked.task_bytes,
            result_bytes=self._checked.result_bytes,
            cluster=self._cluster,
            speedup=speedup,
            doubts=doubts_about(self._circumstances()) if self._seconds else (),
            trace=self._trace,
        )

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Note a failure of the lane rather than raise it: the others race on."""
        try:
            yield
        except LaneFailure as failure:
            self.fail(failure.status, failure.reason)

    def _watch_memory(self) -> None:
        """Look at memory during the warm-up round, as workers that live for one round are gone after it."""
        assert self._lane is not None
        self._peak_memory = max(self._peak_memory, self._lane.tree.reading().memory_bytes)

    def _circumstances(self) -> Circumstances:
        threads = library_threads(baseline=self.trial.is_baseline)["OMP_NUM_THREADS"]
        return Circumstances(
            samples=self.samples,
            max_workers=self.trial.max_workers,
            usable_cpus=usable_cpus(),
            threads_per_worker=int(threads) if threads.isdigit() else 1,
            clock_resolution=time.get_clock_info("perf_counter").resolution,
            foreign_cpu=foreign_share(self._windows),
            result_bytes=self._checked.result_bytes or 0,
            available_memory=psutil.virtual_memory().available,
            left_over=self._left_over,
            uncompiled=self._checked.uncompiled,
            elsewhere=self._cluster is not None,
        )

    def _trace_of(self, traced: TracedRound, known_pids: set[int]) -> Trace:
        """Make a trace of what the lane noted; a process that was not known before the round is new."""
        who = dict.fromkeys((pid, thread) for _, _, pid, thread in traced.spans)
        places = {worker: place for place, worker in enumerate(who)}
        size = (self._checked.task_bytes or 0) + (self._checked.result_bytes or 0)
        return Trace(
            wall_seconds=traced.seconds,
            untraced_seconds=median(self._seconds or [self.warm_seconds]),
            serialise_seconds=traced.serialise_seconds,
            pickled_bytes=0 if traced.shared else size,
            workers=[Worker(pid, thread, pid not in known_pids) for pid, thread in places],
            start=[start for start, _, _, _ in traced.spans],
            end=[end for _, end, _, _ in traced.spans],
            worker=[places[pid, thread] for _, _, pid, thread in traced.spans],
        )


def _cluster_of(opened: Opened) -> Cluster | None:
    if opened.cluster is None:
        return None
    return Cluster(opened.cluster.address, opened.cluster.hosts, opened.cluster.workers)
