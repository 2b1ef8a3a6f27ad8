"""An advice from start to end: look at the tasks, predict, race what can win, decide, and prove the program."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from execbench.advice import writing
from execbench.advice.answer import Advice, Option, Otherwise
from execbench.advice.budget import Budget
from execbench.advice.calibration import Calibrations
from execbench.advice.candidates import Bounds, Candidate, racing
from execbench.advice.composing import Raced, options_of, seen_of
from execbench.advice.considered import considered
from execbench.advice.contest import Contest
from execbench.advice.decision import Decision, decide
from execbench.advice.model import Costs
from execbench.advice.otherwise import with_longer_tasks, with_other_calls
from execbench.advice.probe import Facts, Probe, TooMuchMemory, Work
from execbench.advice.program import Program
from execbench.advice.proof import Stage
from execbench.advice.sampling import Sampled, has_time, sampled
from execbench.environment import usable_cpus
from execbench.errors import BadInput
from execbench.lane.messages import LaneFailure
from execbench.plugins.baseline import BASELINE
from execbench.plugins.select import Request, Selection, select
from execbench.plugins.trial import Choice
from execbench.racing.oracle import Oracle
from execbench.records.calls import MANY, number_of
from execbench.records.turn import doubts_of
from execbench.settings import Calls, Settings
from execbench.stats import Interval
from execbench.supervisor.lane import Nursery

BUDGET = 15.0
"""Seconds, apart from the user's own imports."""

_PROOF_SECONDS = 2.0
"""What the proof takes beyond the tasks."""

LEAST_BUDGET = 3.0
"""The proof and one launch take that much of a quiet machine, whatever the tasks are."""

SHORT_TASK = 0.05
"""The share of the budget below which a task is short: then the budget is, if there is no time for a launch."""

LEAST_TIMEOUT, PATIENCE = 4.0, 5.0
"""A step that takes longer than this, in seconds and in multiples of what is expected, is taken to hang."""

Say = Callable[[str], object]


@dataclass(frozen=True)
class Question:
    """What a user wants to know."""

    request: Request
    """One function with its tasks, and the backends that may be advised."""
    only_stdlib: bool = False
    """Consider backends of the standard library only."""
    calls: Calls = "once"
    budget: float = BUDGET
    worth: float = 0.0
    """The seconds that a call must become shorter."""
    memory: int | None = None
    """The bytes that all workers may use; by default what is free."""
    tolerance: float | None = None
    seed: int = field(default_factory=lambda: random.SystemRandom().randrange(2**32))
    spent: float = 0.0
    """Seconds of the budget that were spent before the question could be asked."""


class Adviser:
    """Answers one question."""

    def __init__(self, nursery: Nursery, question: Question, progress: Say, warn: Say) -> None:
        self._nursery, self._question, self._progress, self._warn = nursery, question, progress, warn
        self._budget = Budget(question.budget, question.spent)
        self._import_seconds = 0.0
        """What the function's own imports take in a process."""
        self._calls = number_of(question.calls)
        self._settings = Settings(
            launches=1, seed=question.seed, tolerance=question.tolerance, round_timeout=question.budget
        )
        self._chosen: list[Candidate] = []
        """Those that are raced."""
        self._raced = Raced()
        self._otherwise: list[Otherwise] = []
        self._code = self._notebook = ""
        self.backends: dict[str, Choice] = {}
        """Those that may be advised, by title."""

    def advise(self) -> Advice:
        """Return the advice.

        Raises:
            BadInput: something that was given cannot be used.
        """
        if self._question.budget < LEAST_BUDGET:
            raise BadInput(
                f"--budget {self._question.budget:g}: too short for one launch: give at least {LEAST_BUDGET:g}"
            )
        selection = select(self._nursery, self._question.request)
        backends = self._backends(selection)
        trial = selection.trials[0]
        memory = {} if self._question.memory is None else {"memory": self._question.memory}
        work = Work(trial.workload, trial.size, self._question.tolerance, **memory)
        try:
            facts = Probe(self._nursery, work, self._question.seed, self._budget).facts(self._progress)
        except TooMuchMemory as failure:
            if self._question.memory is not None:
                raise BadInput(f"--memory {self._question.memory / 1e9:g}: {failure.reason}") from failure
            return self._advice(work, _refusal(failure))
        except LaneFailure as failure:
            return self._advice(work, _refusal(failure))
        self._import_seconds = facts.surveyed.import_seconds
        self._budget.forgive(self._import_seconds)  # of the lane that described the function
        return self._judged(selection, backends, work, facts)

    def _judged(self, selection: Selection, backends: Sequence[Choice], work: Work, facts: Facts) -> Advice:
        """Predict, race and decide."""
        calibrations = Calibrations(self._nursery, self._warn)
        calibrate = partial(calibrations.of, loop=facts.serial_total, budget=self._budget, progress=self._progress)
        costs, bounds = Costs.of(facts, self._question.seed), Bounds.of(facts, work.memory, self._calls)
        serial = next(trial.backend for trial in selection.trials if trial.is_baseline)
        loop = serial if work.workload.plugin.pickle is None else None  # the user's program has its libraries already
        found = considered(backends, loop, facts, costs, bounds, calibrate)
        self.backends = {backend.title: backend for backend in [*found.backends, serial]}
        chosen = racing(found.candidates, partial(has_time, facts, self._budget, _PROOF_SECONDS))
        self._chosen = sorted(chosen, key=_complexity)
        if not self._chosen:
            decision = Decision("stay_serial", BASELINE)
        elif (sample := sampled(facts, costs, self._chosen, self._budget.left - _PROOF_SECONDS)) is None:
            self._refuse_short_budget(facts)
            decision = self._predicted(work, serial, chosen[0], facts)
        else:
            decision = self._measured(work, serial, sample, facts)
        if self._raced.launches > 1:
            self._otherwise = [with_other_calls(self._calls, self._decide)]
        elif not self._chosen:
            longer = with_longer_tasks(found.backends, found.calibrated, costs, bounds, self._question.calls)
            self._otherwise = list(longer)
        untried = [Option(name, name, usable_cpus(), excluded=why) for name, why in calibrations.failures.items()]
        return self._advice(work, decision, facts, [*options_of(found.candidates, self._raced, self._calls), *untried])

    def _refuse_short_budget(self, facts: Facts) -> None:
        """Raise BadInput if it is not the tasks that take long."""
        if facts.longest < SHORT_TASK * self._budget.seconds:
            needed = math.ceil(2 * (self._budget.spent + _PROOF_SECONDS))
            raise BadInput(f"--budget {self._budget.seconds:g}: too short for one launch: give at least {needed}")

    def _backends(self, selection: Selection) -> list[Choice]:
        """Return those that may be advised; BadInput if none is left."""
        only_stdlib = self._question.only_stdlib
        choices = [trial.backend for trial in selection.trials if not trial.is_baseline]
        left = [each for each in choices if each.library is None or not only_stdlib]
        if not left:
            raise BadInput("--only leaves no backend to advise: name one of `execbench list` beside the serial loop")
        return left

    def _measured(self, work: Work, serial: Choice, sample: Sampled, facts: Facts) -> Decision:
        """Race the candidates, decide, and prove the program."""
        imports = self._import_seconds + facts.surveyed.making_seconds
        settings = replace(self._settings, round_timeout=_patience(facts.serial_total + imports))
        contest = Contest(self._nursery, work, serial, self._chosen, sample, settings, self._budget)
        with Oracle(self._nursery, contest.base, settings) as oracle:
            oracle.settle()
            self._budget.forgive(imports)
            if oracle.failure is not None:
                return _refusal(oracle.failure)
            contest.run(oracle, self._calls, _PROOF_SECONDS, imports, self._progress)
            if not contest.launches:
                self._refuse_short_budget(facts)
            self._raced = Raced(
                len(sample.numbers) or facts.tasks, contest.launches, contest.warm_launches, contest.results()
            )
            decision = self._decide(self._question.calls)
            winner = next((each for each in self._chosen if each.setting.id == decision.winner), None)
            if winner is None:
                return decision
            numbers = sample.numbers or range(work.size)
            stage = Stage(self._nursery, numbers, oracle, settings, self._budget, imports)
            return self._proven(stage, work, serial, winner, sample, decision)

    def _decide(self, calls: Calls) -> Decision:
        by_id, number = {each.setting.id: each for each in self._chosen}, number_of(calls)
        launches = self._raced.warm_launches if number == MANY else self._raced.launches
        return decide(self._raced.results, by_id, launches, number, self._question.worth)

    def _proven(  # noqa: PLR0913, PLR0917 -- what is to be proved, and by what
        self, stage: Stage, work: Work, serial: Choice, winner: Candidate, sample: Sampled, decision: Decision
    ) -> Decision:
        """Write the program, and run it; if it does not keep what the race promises, nobody can tell."""
        self._progress("running the program")
        chunksize = sample.chunksizes[winner.setting.id]
        try:
            short, loop = self._programs(work, winner, serial, chunksize)
            promised = self._promised(winner)
            proof = stage.prove(short, loop, promised)
        except LaneFailure as failure:
            said = f"the program fails: {_first_line(failure)}"
            return replace(decision, verdict="cannot_tell", winner=None, reason=said)
        if proof.keeps(promised):
            return decision
        said = f"the program was {proof.gain:.2g}x as fast as a loop, and the race promised {promised:.2g}x"
        return replace(decision, verdict="cannot_tell", winner=None, reason=said)

    def _programs(self, work: Work, winner: Candidate, serial: Choice, chunksize: int) -> tuple[Program, Program]:
        """Write the program, and return it with the chunk size for the tasks that were raced, and that of the loop."""
        setting = winner.setting
        with writing.opened(self._nursery, work.expect) as writer:
            advised = partial(
                writer.write,
                setting.backend,
                setting.max_workers,
                sent_once=setting.sent_once,
                limit_threads=winner.limits_threads,
            )
            self._code = str(advised(setting.chunksize))
            self._notebook = str(advised(setting.chunksize, notebook=True))
            self._budget.forgive(self._import_seconds)
            return advised(chunksize), writer.write(serial, 1, 1)

    def _promised(self, winner: Candidate) -> float:
        """Return how many times as fast as the loop one call was for the tasks that were raced, at least."""
        loop, own = (self._raced.results[name].laps for name in (BASELINE, winner.setting.id))
        return min(loop[launch].raced / lap.raced for launch, lap in own.items() if launch in loop)

    def _predicted(self, work: Work, serial: Choice, best: Candidate, facts: Facts) -> Decision:
        """Return what the model says where tasks are too long to be raced within the budget; the program is not run."""
        loop = facts.serial_total
        gain = Interval(loop / best.once.estimate, loop / best.once.high, loop / best.once.low)
        needed = math.ceil(max(10 * facts.longest, 2 * self._budget.seconds))
        reason = f"predicted, not measured, as a task takes {facts.typical:.2g} s: --budget {needed} would measure it"
        if gain.low <= 1:
            return Decision("cannot_tell", None, gain, reason=reason)
        try:
            self._programs(work, best, serial, best.setting.chunksize)
        except LaneFailure as failure:
            return Decision("cannot_tell", None, gain, reason=_first_line(failure))
        return Decision("use_perhaps", best.setting.id, gain, reason=reason)

    def _advice(
        self, work: Work, decision: Decision, facts: Facts | None = None, options: Sequence[Option] = ()
    ) -> Advice:
        return Advice(
            decision.verdict,
            work.workload.title,
            self._question.calls,
            winner=decision.winner,
            simpler_than=decision.simpler_than,
            gain=decision.gain,
            regret_bound=decision.regret_bound,
            reason=decision.reason,
            otherwise=self._otherwise,
            seen=None if facts is None else seen_of(facts, work.memory, self._raced.tasks),
            candidates=options,
            code=self._code if decision.winner else "",
            notebook=self._notebook if decision.winner else "",
            seconds=self._budget.spent,
            uncounted_seconds=self._budget.uncounted,
            doubts=doubts_of(self._nursery.turn),
        )


def _patience(seconds: float) -> float:
    """Return how long a step may take that is expected to take this long, before it is taken to hang."""
    return max(LEAST_TIMEOUT, PATIENCE * seconds)


def _refusal(failure: LaneFailure) -> Decision:
    """Decide where the function cannot be run: a task that takes too long may only need more time."""
    return Decision("cannot_tell" if failure.status == "hung" else "do_not", None, reason=_first_line(failure))


def _first_line(failure: LaneFailure) -> str:
    return failure.reason.partition("\n")[0]


def _complexity(candidate: Candidate) -> tuple[bool, bool, bool, int, float]:
    """Return what makes a candidate less simple than another that is as fast.

    Those are libraries, processes, what is sent once, workers, tasks.
    """
    setting, costs = candidate.setting, candidate.costs
    return (
        setting.backend.library is not None,
        candidate.kind == "process",
        setting.sent_once is not None,
        setting.max_workers,
        costs.open + costs.call,
    )
