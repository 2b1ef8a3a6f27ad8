"""Outside: what is played in one lane, each step within a hard limit, so that a hang is a verdict like any other.

- admission (a backend that is none, or cannot be opened): open, leave;
- a check: open, check, leave;
- a check of leaving: open, check, leave, look, all of it twice, then exit, and what is left is seen from outside;
- a probe: open, observe, again, leave.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from execbench.conformance import leftovers
from execbench.conformance.catalogue import CHAOS, CONTRACT, Check
from execbench.lane.describing import Description
from execbench.lane.process import LaneFailure, LaneProcess

OPEN_SECONDS = 30.0
LEAVE_SECONDS = 10.0
_MAP_SECONDS = 5.0
_COURTESY_SECONDS = 3.0
"""For leaving after a check of something else: whoever needs longer is ended, and the checks of leaving find it out."""
_REST_SECONDS = 3.0
"""For processes that end by themselves a moment after the executor was left, and others once the lane has ended."""

_KEPT = ("thread", "descriptor")
"""What a process could keep more of with each life."""

_STEP = "execbench.conformance.stage:step"


@dataclass(frozen=True)
class Subject:
    """The backend that is checked, and with how many workers."""

    place: Mapping[str, Any]
    options: Mapping[str, Any]
    max_workers: int

    @classmethod
    def of(cls, backend: Description, max_workers: int) -> Subject:
        """Take what a lane needs to know from a description."""
        return cls(asdict(backend.plugin), dict(backend.options), max_workers)

    def with_workers(self, max_workers: int) -> Subject:
        """Return the same with another number of workers."""
        return replace(self, max_workers=max_workers)


class _Refused(Exception):
    """The executor could not be opened: the message says why."""


def admission(lane: LaneProcess, subject: Subject) -> dict[str, str]:
    """Open and leave once: `misfit` is a backend that is none, `refusal` why it cannot be opened."""
    try:
        opened = _ask(lane, "open", OPEN_SECONDS, **_opening(subject))
    except LaneFailure as failure:
        return {"refusal": _in_words("opening", failure)}
    if not opened:
        _leave_quietly(lane)
    return opened


def check(lane: LaneProcess, subject: Subject, name: str) -> str:
    """Carry out a check of the contract and return its verdict."""
    try:
        if CONTRACT[name].leaving:
            return _leaving(lane, subject, name)
        _open(lane, subject)
        verdict = str(_ask(lane, "check", CONTRACT[name].limit, check=name)["verdict"])
    except _Refused as refused:
        return f"fail: {refused}"
    except LaneFailure as failure:
        return f"fail: {_in_words('it', failure)}"
    _leave_quietly(lane)
    return verdict


def observe(lane: LaneProcess, subject: Subject, name: str) -> dict[str, Any]:
    """Carry out a chaos probe and return its outcome, with detail and seconds."""
    probe = CHAOS[name]
    try:
        _open(lane, subject, redirect=probe.redirect)
    except (_Refused, LaneFailure) as refused:
        return {"outcome": "error", "detail": str(refused), "seconds": 0.0}
    start = time.perf_counter()
    try:
        seen = _ask(lane, "observe", probe.limit, probe=name)
    except LaneFailure as failure:
        seconds = time.perf_counter() - start
        return {"outcome": _outcome(failure), "detail": _in_words("it", failure), "seconds": seconds}
    if seen["outcome"] == "hang":
        return seen
    return _afterwards(lane, seen)


def _afterwards(lane: LaneProcess, seen: dict[str, Any]) -> dict[str, Any]:
    """Map again on the same executor and leave it: whether that works belongs to what a user should know."""
    said = [seen["detail"]] if seen["detail"] else []
    outcome = seen["outcome"]
    for step, limit, doing in (("again", _MAP_SECONDS, "the next map"), ("leave", LEAVE_SECONDS, "leaving")):
        try:
            answer = _ask(lane, step, limit)
        except LaneFailure as failure:
            said.append(_in_words(doing, failure))
            return {**seen, "outcome": _outcome(failure), "detail": "; ".join(said)}
        if "wrong" in answer:
            outcome = "wrong"
            said.append(f"{doing} gave {answer['wrong']}")
        elif "error" in answer:
            said.append(f"{doing} raised {answer['error']}")
    lane.dismiss()
    lane.wait_for_exit(_COURTESY_SECONDS)
    return {**seen, "outcome": outcome, "detail": "; ".join(said)}


def _leaving(lane: LaneProcess, subject: Subject, name: str) -> str:
    """Live twice in one lane; what the first life leaves for ever is the library's, what each leaves is a leak."""
    check, shared = CONTRACT[name], leftovers.shared_memory()
    looks: list[dict[str, Any]] = []
    for _ in range(2):
        problem = _life(lane, subject, name, check)
        if problem:
            return problem
        counts = {kind: len(looks[0][kind]) for kind in _KEPT} if looks else {}
        look = _ask(lane, "look", LEAVE_SECONDS, **counts)
        look["process"] = leftovers.processes_beside(lane.tree, look["pid"], _REST_SECONDS)
        looks.append(look)
    for kind in (*_KEPT, "process"):
        more = len(looks[1][kind]) - len(looks[0][kind])
        if more > 0:
            return f"fail: each life leaves {more} {kind} more: {_listed(_added(looks[0][kind], looks[1][kind]))}"
    lane.dismiss()
    if left := leftovers.processes_after(lane.tree, looks[0]["pid"], _REST_SECONDS):
        return f"fail: left behind when the program ended: {_listed(left)}"
    if left := leftovers.shared_memory_since(shared, _REST_SECONDS):
        return f"fail: left behind in shared memory: {_listed(left)}"
    return "pass"


def _life(lane: LaneProcess, subject: Subject, name: str, check: Check) -> str | None:
    """Open, act and leave; return what failed."""
    _open(lane, subject)
    verdict = str(_ask(lane, "check", check.limit, check=name)["verdict"])
    if verdict != "pass":
        return verdict
    try:
        left = _ask(lane, "leave", LEAVE_SECONDS, early=check.early)
    except LaneFailure as failure:
        return f"fail: {_in_words('leaving', failure)}"
    return f"fail: {left['error']}" if left else None


def _added(before: list[str], after: list[str]) -> list[str]:
    """What is there more often than before."""
    rest = list(before)
    return [entry for entry in after if entry not in rest or rest.remove(entry)]  # type: ignore[func-returns-value]


def _open(lane: LaneProcess, subject: Subject, redirect: bool = False) -> None:
    opened = _ask(lane, "open", OPEN_SECONDS, redirect=redirect, **_opening(subject))
    if opened:
        raise _Refused(f"it could not be opened: {opened.get('misfit') or opened['refusal']}")


def _opening(subject: Subject) -> dict[str, Any]:
    return {"backend": subject.place, "options": subject.options, "max_workers": subject.max_workers}


def _leave_quietly(lane: LaneProcess) -> None:
    """Leave, and let the program end in peace: what is killed may leave its shared memory behind."""
    try:
        _ask(lane, "leave", _COURTESY_SECONDS)
    except LaneFailure:
        return
    lane.dismiss()
    lane.wait_for_exit(_COURTESY_SECONDS)


def _ask(lane: LaneProcess, step: str, limit: float, **arguments: Any) -> dict[str, Any]:
    return lane.ask("probe", limit=limit, function=_STEP, step_name=step, **arguments)


def _outcome(failure: LaneFailure) -> str:
    return "hang" if failure.status == "hung" else "crash"


def _in_words(doing: str, failure: LaneFailure) -> str:
    """Say what a lane's failure means for the program that used the backend."""
    first = failure.reason.partition("\n")[0]
    if failure.status == "hung":
        return f"{doing} hangs: {first.removeprefix('probe gave ')}"
    return f"{doing} ends the program: {first.removeprefix('the lane ').removesuffix(' during probe')}"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
