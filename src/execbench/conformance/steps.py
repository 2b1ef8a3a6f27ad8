"""What is done in one lane, each step with a hard limit, so that a hang is a result like any other.

- admission: open (it may not be a backend, or may not open), run many checks, leave;
- a check: open, check, leave, if it did not pass among the many, or needs another number of workers;
- a check of leaving: open, check, leave, look, all of it twice, then exit, and see from outside what is left;
- a probe: open, observe, map again, leave; or, where it ends the program, see from outside what is left.
"""

import time
from collections.abc import Iterable, Iterator

from execbench.conformance import leftovers
from execbench.lane.checks.catalogue import CHAOS, CONTRACT
from execbench.lane.checks.commands import growth, listed
from execbench.lane.kit_messages import Act, Enter, Finding, KitCommand, Leave, Look
from execbench.lane.messages import LaneFailure
from execbench.supervisor.lane import LaneProcess

_OPEN_SECONDS = 30.0
_LEAVE_SECONDS = 10.0
_MAP_SECONDS = 5.0
_COURTESY_SECONDS = 3.0
"""For leaving after a check of something else: what takes longer is ended, and the checks of leaving find it out."""
_SURVIVAL_SECONDS = 10.0
"""What is alive so long after its program was killed stays, as far as a user can tell."""
_REST_SECONDS = 3.0
"""For processes that end by themselves a moment after the executor was left, and others once the lane has ended."""

_GONE = ("hang", "crash")
"""The lane cannot do anything more."""


def open_backend(lane: LaneProcess, backend: Enter) -> Finding:
    """Open a backend: `right`, `misfit` if it is not a backend, or why it could not be opened."""
    return _ask(lane, backend, _OPEN_SECONDS, "opening")


def checks_of_one_opening(lane: LaneProcess, names: Iterable[str]) -> dict[str, str]:
    """Run checks on an open executor, one after the other, and leave; return the verdicts of those that do not fail.

    Those that fail are left out, as an earlier check may be at fault, and a check that hangs is the last.
    """
    kept: dict[str, str] = {}
    for name in names:
        finding = _ask(lane, Act(name), CONTRACT[name].limit)
        if finding.outcome in _GONE:
            return kept
        if finding.outcome in ("pass", "skip"):
            kept[name] = _verdict(finding)
    _ask(lane, Leave(), _COURTESY_SECONDS)
    return kept


def check(lane: LaneProcess, backend: Enter, name: str) -> str:
    """Run a check of the contract and return its verdict."""
    if CONTRACT[name].leaving:
        return _verdict(_check_leaving(lane, backend, name))
    finding = open_backend(lane, backend)
    if finding.outcome == "right":
        finding = _ask(lane, Act(name), CONTRACT[name].limit)
        if finding.outcome not in _GONE:
            _ask(lane, Leave(), _COURTESY_SECONDS)
    return _verdict(finding)


def observe(lane: LaneProcess, backend: Enter, name: str) -> Finding:
    """Run a chaos probe, map again on the same executor, and leave it: a user should know whether that works."""
    opened = open_backend(lane, backend)
    if opened.outcome != "right":
        return Finding("error", opened.detail)
    seen = _ask(lane, Act(name), CHAOS[name].limit)
    if CHAOS[name].ends_program and seen.outcome == "crash":
        return _survivors(lane, seen)
    outcome, details = seen.outcome, [seen.detail]
    for command, limit, doing in (
        (Act("next_map"), _MAP_SECONDS, "the next map"),
        (Leave(), _LEAVE_SECONDS, "leaving"),
    ):
        if outcome in _GONE:
            break
        after = _ask(lane, command, limit, doing)
        details.append(after.detail)
        if after.outcome in ("wrong", *_GONE):
            outcome = after.outcome
    return Finding(outcome, "; ".join(filter(None, details)), round(seen.seconds, 3))


def _survivors(lane: LaneProcess, seen: Finding) -> Finding:
    """Look at what outlives a program that was killed, and how long."""
    start = time.perf_counter()
    left = leftovers.processes_after(lane.tree, lane.pid, _SURVIVAL_SECONDS)
    seconds = time.perf_counter() - start
    if left:
        processes = "1 process is" if len(left) == 1 else f"{len(left)} processes are"
        return Finding("hang", f"{processes} still alive {_SURVIVAL_SECONDS:.0f} s later", seen.seconds)
    within = next((limit for limit in (1, 5) if seconds < limit), _SURVIVAL_SECONDS)
    return Finding("right", f"nothing was left within {within:.0f} s", seen.seconds)


def _check_leaving(lane: LaneProcess, backend: Enter, name: str) -> Finding:
    """Open and leave twice in one lane: what the first time leaves is the library's, what each leaves is a leak."""
    shared = leftovers.shared_memory()
    processes: list[list[str]] = []
    for _ in range(2):
        for finding in _steps_of_leaving(lane, backend, name):
            if finding.outcome not in ("pass", "right"):
                return finding
        processes.append(leftovers.processes_beside(lane.tree, lane.pid, _REST_SECONDS))
    if left := growth("process", *processes):
        return Finding("fail", left)
    lane.dismiss()
    if names := leftovers.processes_after(lane.tree, lane.pid, _REST_SECONDS):
        return Finding("fail", f"left behind when the program ended: {listed(names)}")
    if names := leftovers.shared_memory_since(shared, _REST_SECONDS):
        return Finding("fail", f"left behind in shared memory: {listed(names)}")
    return Finding("pass")


def _steps_of_leaving(lane: LaneProcess, backend: Enter, name: str) -> Iterator[Finding]:
    yield open_backend(lane, backend)
    yield _ask(lane, Act(name), CONTRACT[name].limit)
    yield _ask(lane, Leave(), _LEAVE_SECONDS, "leaving")
    yield _ask(lane, Look(), _LEAVE_SECONDS)


def _ask(lane: LaneProcess, command: KitCommand, limit: float, doing: str = "it") -> Finding:
    """Return what a step finds; that it hangs or ends the program is a finding, too."""
    start = time.perf_counter()
    try:
        return lane.ask(command, Finding, limit)
    except LaneFailure as failure:
        reason, seconds = failure.reason.partition("\n")[0], time.perf_counter() - start
        if failure.status == "hung":
            return Finding("hang", f"{doing} hangs: {reason.partition(' gave ')[2]}", seconds)
        death = reason.removeprefix("the lane ").rpartition(" during ")[0] or reason
        return Finding("crash", f"{doing} ends the program: {death}", seconds)


def _verdict(finding: Finding) -> str:
    word = finding.outcome if finding.outcome in ("pass", "skip") else "fail"
    return f"{word}: {finding.detail}" if finding.detail else word
