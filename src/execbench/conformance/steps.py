"""What is done in one lane, each step within a hard limit, so that a hang is a verdict like any other.

- admission: open (it may not be a backend, or may not open), many checks, leave;
- a check: open, check, leave, where it did not pass among the many, or needs another number of workers;
- a check of leaving: open, check, leave, look, all of it twice, then exit, and see what is left from outside;
- a probe: open, observe, map again, leave.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self

from execbench.conformance import leftovers
from execbench.conformance.catalogue import CHAOS, CONTRACT, Check
from execbench.lane import messages
from execbench.lane.messages import Answered, Enter, Entered, LaneFailure, Leave, Observed, Options, Place, Seen
from execbench.plugins.describe import Description
from execbench.supervisor.lane import LaneProcess

OPEN_SECONDS = 30.0
LEAVE_SECONDS = 10.0
_MAP_SECONDS = 5.0
_COURTESY_SECONDS = 3.0
"""For leaving after a check of something else: what takes longer is ended, and the checks of leaving find it out."""
_REST_SECONDS = 3.0
"""For processes that end by themselves a moment after the executor was left, and others once the lane has ended."""


@dataclass(frozen=True)
class Subject:
    """The backend that is checked, and with how many workers."""

    place: Place
    options: Options
    max_workers: int

    @classmethod
    def of(cls, backend: Description, max_workers: int) -> Self:
        """Take what a lane needs to know from a description."""
        return cls(backend.plugin.place, dict(backend.options), max_workers)

    def with_workers(self, max_workers: int) -> Self:
        """Return the same with another number of workers."""
        return replace(self, max_workers=max_workers)

    def enter(self, *, redirect: bool = False) -> Enter:
        """Return the command that opens it."""
        return Enter(self.place, self.options, self.max_workers, redirect)


class _Refused(Exception):
    """The executor could not be opened: the message says why."""


def admit(lane: LaneProcess, subject: Subject) -> Entered:
    """Open it, and return why it is not a backend or cannot be opened, if that is so."""
    try:
        return lane.ask(subject.enter(), Entered, OPEN_SECONDS)
    except LaneFailure as failure:
        return Entered(refusal=_in_words("opening", failure))


def checks_of_one_opening(lane: LaneProcess, names: Iterable[str]) -> dict[str, str]:
    """Carry out checks on an open executor, one after the other, and leave; return the verdicts of those it keeps.

    What does not pass is left out, as an earlier check may be at fault, and a check that hangs is the last.
    """
    kept: dict[str, str] = {}
    for name in names:
        try:
            verdict = _act(lane, CONTRACT[name])
        except LaneFailure:
            return kept
        if not verdict.startswith("fail"):
            kept[name] = verdict
    _leave_quietly(lane)
    return kept


def check(lane: LaneProcess, subject: Subject, name: str) -> str:
    """Carry out a check of the contract and return its verdict."""
    try:
        if CONTRACT[name].leaving:
            return _check_leaving(lane, subject, CONTRACT[name])
        _open(lane, subject)
        verdict = _act(lane, CONTRACT[name])
    except _Refused as refused:
        return f"fail: {refused}"
    except LaneFailure as failure:
        return f"fail: {_in_words('it', failure)}"
    _leave_quietly(lane)
    return verdict


def observe(lane: LaneProcess, subject: Subject, name: str) -> Observed:
    """Carry out a chaos probe and return its outcome."""
    probe = CHAOS[name]
    try:
        _open(lane, subject, redirect=probe.redirect)
    except (_Refused, LaneFailure) as refused:
        return Observed("error", str(refused), 0.0)
    start = time.perf_counter()
    try:
        seen = lane.ask(messages.Observe(probe.function), Observed, probe.limit)
    except LaneFailure as failure:
        return Observed(_outcome(failure), _in_words("it", failure), time.perf_counter() - start)
    return seen if seen.outcome == "hang" else _afterwards(lane, seen)


def _afterwards(lane: LaneProcess, seen: Observed) -> Observed:
    """Map again on the same executor and leave it: a user should know whether that works."""
    outcome, said = seen.outcome, [seen.detail] if seen.detail else []
    for doing, command, limit in (
        ("the next map", messages.MapAgain(), _MAP_SECONDS),
        ("leaving", Leave(), LEAVE_SECONDS),
    ):
        try:
            answer = lane.ask(command, Answered, limit)
        except LaneFailure as failure:
            return Observed(_outcome(failure), "; ".join([*said, _in_words(doing, failure)]), seen.seconds)
        if answer.wrong is not None:
            outcome = "wrong"
            said.append(f"{doing} gave {answer.wrong}")
        elif answer.error is not None:
            said.append(f"{doing} raised {answer.error}")
    lane.dismiss()
    lane.wait_for_exit(_COURTESY_SECONDS)
    return Observed(outcome, "; ".join(said), seen.seconds)


def _check_leaving(lane: LaneProcess, subject: Subject, check: Check) -> str:
    """Open and leave twice in one lane: what the first time leaves is the library's, what each leaves is a leak."""
    shared = leftovers.shared_memory()
    looks: list[Seen] = []
    processes: list[list[str]] = []
    for _ in range(2):
        if problem := _open_and_leave(lane, subject, check):
            return problem
        before = looks[0] if looks else Seen()
        look = messages.Look(len(before.threads) or None, len(before.files) or None)
        looks.append(lane.ask(look, Seen, LEAVE_SECONDS))
        processes.append(leftovers.processes_beside(lane.tree, lane.pid, _REST_SECONDS))
    first, second = looks
    for kind, once, twice in (
        ("thread", first.threads, second.threads),
        ("descriptor", first.files, second.files),
        ("process", *processes),
    ):
        if (more := len(twice) - len(once)) > 0:
            return f"fail: each time it is used, {more} more {kind} stays: {_listed(_added(once, twice))}"
    lane.dismiss()
    if left := leftovers.processes_after(lane.tree, lane.pid, _REST_SECONDS):
        return f"fail: left behind when the program ended: {_listed(left)}"
    if left := leftovers.shared_memory_since(shared, _REST_SECONDS):
        return f"fail: left behind in shared memory: {_listed(left)}"
    return "pass"


def _open_and_leave(lane: LaneProcess, subject: Subject, check: Check) -> str | None:
    """Open, act and leave; return what failed."""
    _open(lane, subject)
    verdict = _act(lane, check)
    if verdict != "pass":
        return verdict
    try:
        left = lane.ask(Leave(check.early), Answered, LEAVE_SECONDS)
    except LaneFailure as failure:
        return f"fail: {_in_words('leaving', failure)}"
    return f"fail: {left.error}" if left.error else None


def _added(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """What is there more often than before."""
    rest = list(before)
    return [entry for entry in after if entry not in rest or rest.remove(entry)]  # type: ignore[func-returns-value]


def _open(lane: LaneProcess, subject: Subject, redirect: bool = False) -> None:
    entered = lane.ask(subject.enter(redirect=redirect), Entered, OPEN_SECONDS)
    if problem := entered.misfit or entered.refusal:
        raise _Refused(f"it could not be opened: {problem}")


def _act(lane: LaneProcess, check: Check) -> str:
    return lane.ask(messages.Act(check.function), messages.Verdict, check.limit).verdict


def _leave_quietly(lane: LaneProcess) -> None:
    """Leave, and let the program end in peace: what is killed may leave its shared memory behind."""
    try:
        lane.ask(Leave(), Answered, _COURTESY_SECONDS)
    except LaneFailure:
        return
    lane.dismiss()
    lane.wait_for_exit(_COURTESY_SECONDS)


def _outcome(failure: LaneFailure) -> str:
    return "hang" if failure.status == "hung" else "crash"


def _in_words(doing: str, failure: LaneFailure) -> str:
    """Say what a lane's failure means for the program that used the backend."""
    reason = failure.reason.partition("\n")[0]
    if failure.status == "hung":
        return f"{doing} hangs: {reason.partition(' gave ')[2]}"
    return f"{doing} ends the program: {reason.removeprefix('the lane ').rpartition(' during ')[0] or reason}"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
