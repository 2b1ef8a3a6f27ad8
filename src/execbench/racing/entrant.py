"""An entrant: one trial in a race, the lane of its current launch, and everything measured of it so far."""

import time
from collections.abc import Callable
from dataclasses import asdict
from statistics import median

from msgspec import UNSET, UnsetType

from execbench.environment import available_memory, library_threads, usable_cpus
from execbench.lane.messages import LaneFailure, Open, Opened, Prepared
from execbench.lane.status import Status
from execbench.plugins.trial import Trial
from execbench.racing.interpreter import Witness
from execbench.racing.judge import Judge
from execbench.racing.levels import levels
from execbench.racing.oracle import Oracle
from execbench.racing.rest import Rests
from execbench.racing.step import in_lane
from execbench.racing.timed import TimedRound, TimedRounds
from execbench.racing.tracing import trace_of
from execbench.records.doubts import Circumstances, Doubt, doubts_about
from execbench.records.record import Chunking, Cluster, LaunchedWith, Record, Trace
from execbench.settings import Settings
from execbench.stats import Interval, Samples
from execbench.supervisor.lane import LaneProcess, Nursery
from execbench.supervisor.layout import LaunchLayout
from execbench.supervisor.memory import OccupiedMemory
from execbench.supervisor.process_tree import Window, foreign_share

_EXIT_SECONDS = 5.0


class Entrant:
    """Runs one trial's lanes, step by step, and collects what they measure."""

    def __init__(self, trial: Trial, settings: Settings) -> None:
        self.trial = trial
        self.lane: LaneProcess | None = None
        """None before a launch, after it, and once the trial has failed."""
        self.launches = 0
        self.round_seconds = 0.0
        """How long a round takes, as far as is known before the first timed round of the current launch."""
        self.launch_seconds = 0.0
        """How long the current launch took to get to its first timed round."""
        self._status: Status | None = None
        self._settings = settings
        self._library_threads = {**library_threads(baseline=trial.is_baseline), **trial.python.environment}
        self._reason: str | None = None
        self._witness = Witness(trial.python)
        self._timed = TimedRounds()
        self._reference_seconds: list[float] = []
        self._layouts: list[LaunchedWith] = []
        self._startup: list[float] = []
        self._first_call: list[float] = []
        self._shutdown: list[float] = []
        self._rests = Rests()
        self._memory = OccupiedMemory()
        self._untimed = 0.0
        self._prepared = Prepared()
        self._judge = Judge(settings.check, trial.max_workers)
        self._left_over = 0
        self._opened = Opened(0.0, None)
        self._setups: list[int] = []
        self._trace: Trace | UnsetType = UNSET

    @property
    def failed(self) -> bool:
        """Whether the trial has failed: then it is not launched again."""
        return self._status is not None

    @property
    def samples(self) -> Samples:
        """All timed rounds so far."""
        return self._timed.samples(self._settings.launches)

    @property
    def spent(self) -> float:
        """The seconds that its executors have taken so far: opening, closing, and every round, timed or not."""
        return sum(each.seconds for each in self._timed) + self._untimed

    @property
    def cpu_seconds(self) -> float | None:
        """The mean CPU time of a timed round, over the whole process tree; None where the system shows none."""
        return self._timed.cpu_seconds

    @property
    def files(self) -> set[str]:
        """The user's own files that the trial has imported so far."""
        return {*self._prepared.files, *self._judge.expected.files}

    def is_possible(self, baseline: "Entrant | None") -> bool:
        """Return whether the trial has not failed, and its figures can be."""
        return not self.failed and all(doubt.code != "impossible" for doubt in self._doubts(baseline))

    def consult(self, oracle: Oracle, second_opinion: Callable[[], Oracle] | None) -> None:
        """Let an oracle compare the results; the trial has failed if the oracle has."""
        try:
            self._judge.consult(oracle, second_opinion)
        except LaneFailure as failure:
            self.fail(failure.status, failure.reason)

    def start(self, nursery: Nursery, layout: LaunchLayout) -> None:
        """Start a lane and let it import both plugins and make the tasks, without waiting for it."""
        variables = {**self._library_threads, **layout.variables}
        self.lane = nursery.lane(self.trial.python, variables, self._settings.round_timeout)
        self.lane.start_prepare(self.trial.prepare(self._settings.tolerance, layout.lane))
        self._layouts.append(LaunchedWith(layout.launch, layout.kind, layout.hash_seed))

    @in_lane
    def settle(self, lane: LaneProcess) -> None:
        """Wait until the lane has its tasks."""
        lane.greet()
        self._witness.meet(lane)
        self._prepared = lane.finish_prepare()
        self._rests.forget()
        self._judge.meet(lane)

    @in_lane
    def open(self, lane: LaneProcess) -> None:
        """Start the workers and make the first call, each on the clock."""
        options = dict(self.trial.backend.options)
        self._opened = lane.open(Open(self.trial.max_workers, options, self._settings.disable_gc))
        self._first_call.append(lane.first_call())
        self._startup.append(self._opened.seconds)

    @in_lane
    def start_check(self, lane: LaneProcess) -> None:
        """Let the lane deliver or judge the results of its first call."""
        self._judge.start(lane)

    @in_lane
    def finish_check(self, lane: LaneProcess) -> None:
        """Wait until the results have been judged."""
        self._judge.finish(lane)

    @in_lane
    def prove_order(self, lane: LaneProcess) -> None:
        """Once per trial, have the order of the results proved, if they cannot show it."""
        if not self.launches:
            self._judge.prove_order(lane)

    @in_lane
    def warm_up(self, lane: LaneProcess) -> None:
        """In the first launch, run the warm-up round, which shows how long a round takes.

        Later launches know that, and each one's first call has warmed it up. Memory is read during that round, as
        workers that live for one round are gone after it.
        """
        self.launch_seconds = self._startup[-1] + self._first_call[-1]
        if self.launches:
            self.round_seconds = self.samples.median
        else:
            self.round_seconds = lane.round(lambda: self._memory.sample(lane.tree))
            self._judge.check(lane)
            self.launch_seconds += self.round_seconds
        self._untimed += self.launch_seconds

    @in_lane
    def round(self, lane: LaneProcess, launch: int, heat: int) -> None:
        """Run one timed round."""
        is_first = all(each.launch != launch for each in self._timed)
        self._rests.end()
        window = Window(lane.tree)
        start = time.perf_counter()
        seconds = lane.round()
        hidden = time.perf_counter() - start - seconds
        used, noted = window.close(lane.counted), lane.noted
        self._judge.check(lane)
        if self.trial.is_baseline:
            self._reference_seconds.append(lane.run_reference())
        if is_first:
            self._rests.begin(lane.tree)
        self._timed.append(TimedRound(launch, heat, seconds, used, hidden, noted))

    @in_lane
    def trace(self, lane: LaneProcess) -> None:
        """Run one more round that counts for nothing else, recording when and where each task runs."""
        known = {process.pid for process in lane.tree.members()}
        traced = lane.trace()
        self._judge.check(lane)
        if self._opened.cluster is not None:  # its workers existed before, but cannot be seen from here
            known |= {pid for _, _, pid, _ in traced.spans}
        untraced = self.samples.median if self._timed else self.round_seconds
        self._trace = trace_of(traced, known, untraced, self._judge.expected)

    @in_lane
    def close(self, lane: LaneProcess) -> None:
        """Close the executor, on the clock, and let the lane exit, without waiting for it."""
        self._witness.part(lane)
        seconds = lane.close()
        self._shutdown.append(seconds)
        self._setups += [lane.setups()] if self._opened.setup_by else []
        self._untimed += seconds
        self._judge.part(lane)
        lane.dismiss()

    @in_lane
    def leave(self, lane: LaneProcess) -> None:
        """Wait until the lane has exited, and end what it left behind."""
        lane.end(patience=_EXIT_SECONDS)
        self._left_over = max(self._left_over, lane.left_over)
        self.lane = None
        self.launches += 1

    def fail(self, status: Status, reason: str) -> None:
        """Note why the trial failed, and end its lane at once."""
        self._status, self._reason = status, reason
        self.abandon()

    def abandon(self) -> None:
        """End the lane, if one is open, with its whole process tree."""
        if self.lane is not None:
            self.lane.end()
            self.lane = None

    def record(
        self, speedup: Interval | None, baseline: "Entrant | None" = None, *, finished: bool, settled: bool = False
    ) -> Record:
        """Return what is kept of the trial; if it has neither failed nor finished, it is cancelled."""
        trial, status, reason = self.trial, self._status, self._reason
        if not (finished or status):
            status, reason = "cancelled", "the run was interrupted before this trial was finished"
        return Record(
            name=trial.id,
            workload=trial.workload.plugin.name,
            workload_options=trial.workload.recorded_options,
            size=trial.size,
            backend=trial.backend.plugin.name,
            backend_options=trial.backend.options,
            max_workers=trial.max_workers,
            chunksize=Chunking(trial.chunksize, trial.used_chunksize),
            mode=trial.mode,
            python=self._witness.interpreter,
            status=status or "ok",
            reason=reason,
            control_of=trial.control_of,
            launches=self.launches,
            heats=len(self.samples),
            samples=self.samples,
            noted=self._timed.noted,
            reference_seconds=tuple(self._reference_seconds),
            layouts=tuple(self._layouts),
            startup_seconds=tuple(self._startup),
            first_call_seconds=tuple(self._first_call),
            shutdown_seconds=tuple(self._shutdown),
            cpu_seconds=self.cpu_seconds,
            usage=self._timed.usage,
            peak_memory_bytes=self._memory.bytes or None,
            memory_counts="pages_once" if self._memory.is_told else "high_water_marks",
            task_bytes=self._judge.expected.task_bytes,
            result_bytes=self._judge.expected.result_bytes,
            cluster=Cluster(**asdict(self._opened.cluster)) if self._opened.cluster else None,
            shared_by=self._opened.shared_by,
            setup_by=self._opened.setup_by,
            setups=tuple(self._setups),
            speedup=speedup,
            doubts=self._doubts(baseline, settled=settled),
            settled=settled,
            trace=self._trace,
        )

    def _doubts(self, baseline: "Entrant | None", *, settled: bool = False) -> tuple[Doubt, ...]:
        return doubts_about(self._circumstances(baseline, settled)) if self._timed else ()

    def _circumstances(self, baseline: "Entrant | None", settled: bool) -> Circumstances:
        threads = self._library_threads["OMP_NUM_THREADS"]
        return Circumstances(
            samples=self.samples,
            max_workers=self.trial.max_workers,
            usable_cpus=usable_cpus(),
            threads_per_worker=int(threads) if threads.isdigit() else 1,
            clock_resolution=time.get_clock_info("perf_counter").resolution,
            foreign_cpu=foreign_share(self._timed.windows),
            result_bytes=self._judge.expected.result_bytes or 0,
            available_memory=available_memory(),
            left_over=self._left_over,
            uncompiled=self._prepared.uncompiled,
            elsewhere=self._opened.cluster is not None,
            first_call=median(self._first_call) if self.trial.is_baseline else None,
            hidden_seconds=self._timed.hidden_seconds,
            cpu_seconds=self._timed.median_cpu_seconds,
            serial_cpu_seconds=baseline.cpu_seconds if baseline else None,
            levels=levels(self.samples, baseline.samples if baseline else None, self._reference_seconds),
            holes=frozenset(each.launch for each in self._layouts if each.layout == "holes"),
            idle_cpus=self._rests.busy_cpus,
            other_tasks=self._judge.launches_with_other_tasks,
            changed_tasks=self._judge.launches_with_changed_tasks,
            largest_difference=self._judge.largest_difference,
            unchecked=self._judge.unchecked,
            check=self._settings.check,
            settled=settled,
            gil=self._witness.gil,
        )
