"""An advice from start to end: look at the tasks, predict, race what can win, decide, and prove the program."""

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from msgspec.structs import replace

from execbench.advice.answer import Advice, Option, Otherwise, Seen
from execbench.advice.budget import Budget
from execbench.advice.calibration import Calibrations
from execbench.advice.candidates import Bounds, Candidate, candidates, racing
from execbench.advice.contest import Contest, Result
from execbench.advice.decision import Decision, decide
from execbench.advice.model import Costs
from execbench.advice.probe import Facts, Probe, Work
from execbench.advice.sampling import sampled
from execbench.environment import usable_cpus
from execbench.lane.messages import LaneFailure
from execbench.plugins.baseline import BASELINE
from execbench.plugins.select import Request, Selection, select
from execbench.plugins.trial import Choice, Trial
from execbench.records.calls import MANY, number_of
from execbench.settings import Calls, Settings
from execbench.stats import Floats, Interval, mean_of_launches
from execbench.supervisor.lane import Nursery

BUDGET = 15.0
"""Seconds, apart from the user's own imports."""

_PROOF_SECONDS = 1.5
"""What the proof takes beyond the tasks."""

_FASTER = "others of its kind are faster"

Say = Callable[[str], object]


@dataclass(frozen=True)
class Question:
    """What a user wants to know."""

    request: Request
    """One function with its tasks, and the backends that may be advised."""
    calls: Calls = "once"
    budget: float = BUDGET
    worth: float = 0.0
    """The seconds that a call must become shorter."""
    memory: int | None = None
    """The bytes that all workers may use; by default what is free."""
    tolerance: float | None = None
    seed: int = field(default_factory=lambda: random.SystemRandom().randrange(2**32))


class Adviser:
    """Answers one question."""

    def __init__(self, nursery: Nursery, question: Question, progress: Say, warn: Say) -> None:
        self._nursery, self._question, self._progress, self._warn = nursery, question, progress, warn
        self._budget = Budget(question.budget)
        self._calls = number_of(question.calls)
        self.backends: dict[str, Choice] = {}
        """Those that may be advised, by title."""

    def advise(self) -> Advice:
        """Return the advice.

        Raises:
            BadInput: something that was given cannot be used.
        """
        selection = select(self._nursery, self._question.request)
        for reason in selection.left_out:
            self._warn(f"left out: {reason}")
        trial = selection.trials[0]
        memory = {} if self._question.memory is None else {"memory": self._question.memory}
        work = Work(trial.workload, trial.size, self._question.tolerance, **memory)
        try:
            facts = Probe(self._nursery, work, self._question.seed, self._budget).facts(self._progress)
        except LaneFailure as failure:
            return self._refused(trial, failure)
        self._budget.forgive(facts.surveyed.import_seconds)  # of the lane that described the function
        return self._judged(selection, work, facts)

    def _judged(self, selection: Selection, work: Work, facts: Facts) -> Advice:
        """Predict, race and decide."""
        backends = [trial.backend for trial in selection.trials if not trial.is_baseline]
        self.backends = {backend.title: backend for backend in backends}
        serial = next(trial.backend for trial in selection.trials if trial.is_baseline)
        calibrations = Calibrations(self._nursery, self._warn)
        calibrated = calibrations.of(backends, facts.serial_total, self._budget, self._progress)
        costs = Costs.of(facts, facts.tasks, self._question.seed)
        found = candidates(backends, calibrated, costs, Bounds.of(facts, work.memory, self._calls))
        chosen = racing(found)
        sample = sampled(facts, costs, chosen, self._budget.left - _PROOF_SECONDS) if chosen else None
        contest = None
        if not chosen:
            decision, raced = Decision("stay_serial", BASELINE), Raced()
        elif sample is None:
            decision, raced = self._predicted(chosen[0], facts), Raced()
        else:
            contest = Contest(self._nursery, work, serial, chosen, sample, self._settings, self._budget)
            decision, raced = self._raced(contest, chosen, facts, len(sample.numbers) or facts.tasks)
        untried = [
            Option(backend.title, backend.title, usable_cpus(), None, excluded=why)
            for backend in backends
            if (why := calibrations.failures.get(backend.title))
        ]
        options = [self._option(each, raced) for each in found]
        return Advice(
            decision.verdict,
            work.workload.title,
            self._question.calls,
            winner=decision.winner,
            simpler_than=decision.simpler_than,
            gain=decision.gain,
            regret_bound=decision.regret_bound,
            reason=decision.reason,
            seen=_seen(facts, work.memory, raced.tasks),
            candidates=[*options, *untried],
            seconds=self._budget.spent,
            import_seconds=self._budget.uncounted,
        )

    def _raced(
        self, contest: Contest, chosen: Sequence[Candidate], facts: Facts, tasks: int
    ) -> tuple[Decision, "Raced"]:
        """Race the candidates, and decide."""
        surveyed = facts.surveyed
        try:
            contest.run(self._calls, _PROOF_SECONDS, surveyed.import_seconds + surveyed.making_seconds, self._progress)
        except LaneFailure as failure:
            return _do_not(failure), Raced()
        raced = Raced(tasks, contest.launches, contest.results())
        return decide(raced.results, _by_id(chosen), raced.launches, self._calls, self._question.worth), raced

    def _otherwise(self, raced: "Raced", chosen: Sequence[Candidate]) -> Iterator[Otherwise]:
        """Yield what the same race says of a pool that lives on, or of one call."""
        calls: Calls = "once" if self._calls == MANY else "many"
        found = decide(raced.results, _by_id(chosen), raced.launches, number_of(calls), self._question.worth)
        yield Otherwise(calls, 1.0, found.winner, found.gain)

    def _predicted(self, best: Candidate, facts: Facts) -> Decision:
        """Return what the model says where tasks are too long to be raced within the budget."""
        loop = facts.serial_total
        gain = Interval(loop / best.once.estimate, loop / best.once.high, loop / best.once.low)
        needed = math.ceil(10 * facts.longest)
        reason = f"predicted, not measured, as a task takes {facts.typical:.2g} s: --budget {needed} would measure it"
        if gain.low > 1:
            return Decision("use_perhaps", best.setting.id, gain, reason=reason)
        return Decision("cannot_tell", None, gain, reason=reason)

    def _option(self, candidate: Candidate, raced: "Raced") -> Option:
        setting = candidate.setting
        predicted = candidate.body if self._calls == MANY else candidate.once
        option = Option(
            setting.id, setting.backend.title, setting.max_workers, setting.chunksize, candidate.kind, predicted
        )
        result = raced.results.get(setting.id)
        if result is None:
            return replace(option, excluded=candidate.excluded or _FASTER)
        logs = result.logs(raced.launches, self._calls)
        serial = raced.results[BASELINE].logs(raced.launches, self._calls)
        return replace(
            option,
            measured=_interval(logs),
            speedup=_interval(serial - logs),
            excluded=result.failure,
        )

    @property
    def _settings(self) -> Settings:
        question = self._question
        return Settings(launches=1, seed=question.seed, tolerance=question.tolerance, round_timeout=question.budget)

    def _refused(self, trial: Trial, failure: LaneFailure) -> Advice:
        decision = _do_not(failure)
        name, calls = trial.workload.title, self._question.calls
        spent, uncounted = self._budget.spent, self._budget.uncounted
        return Advice(decision.verdict, name, calls, reason=decision.reason, seconds=spent, import_seconds=uncounted)


@dataclass(frozen=True)
class Raced:
    """What was found of the candidates that were raced."""

    tasks: int = 0
    launches: int = 0
    results: Mapping[str, Result] = field(default_factory=dict)


def _do_not(failure: LaneFailure) -> Decision:
    """Decide where the function cannot be run: a task that takes too long may only need more time."""
    reason = failure.reason.partition("\n")[0]
    return Decision("cannot_tell" if failure.status == "hung" else "do_not", None, reason=reason)


def _by_id(chosen: Sequence[Candidate]) -> dict[str, Candidate]:
    """Return candidates by id, the simplest first."""
    return {each.setting.id: each for each in sorted(chosen, key=_complexity)}


def _complexity(candidate: Candidate) -> tuple[bool, int, str]:
    """Return what makes a candidate less simple than another that is as fast."""
    setting = candidate.setting
    return candidate.kind == "process", setting.max_workers, setting.id


def _interval(logs: Floats) -> Interval | None:
    known = logs[~np.isnan(logs)]
    if len(known) > 1:
        return mean_of_launches(known).interval()
    return Interval(*[math.exp(known[0])] * 3) if len(known) else None


def _seen(facts: Facts, free_memory: int, raced: int) -> Seen:
    surveyed, sample = facts.surveyed, facts.sampled
    return Seen(
        tasks=facts.tasks,
        run=len(facts.numbers),
        raced=raced,
        total=facts.serial_total,
        typical=facts.typical,
        longest=facts.longest,
        setup=facts.first,
        waiting=facts.waiting,
        held=facts.held,
        pickling=facts.pickling / max(facts.serial_total, 1e-12),
        task_bytes=facts.task_bytes,
        result_bytes=facts.result_bytes,
        function_bytes=surveyed.function_bytes,
        inner_threads=facts.has_inner_threads,
        memory=sample.memory,
        free_memory=free_memory,
        effects=sample.effects,
    )
