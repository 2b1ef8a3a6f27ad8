"""The tasks of a function, from the calls that a script makes: the script is run, and its calls are recorded."""

import math
import os
import re
import signal
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from execbench.errors import BadInput
from execbench.lane.messages import LaneFailure, TaskSource
from execbench.lane.questions import Ran, Record
from execbench.lane.recorded import MAIN, Call, Entry, Found, Refused, entries
from execbench.plugins.registry import Plugin, find
from execbench.supervisor.lane import LaneProcess, Nursery

MOST = 10_000
"""Calls that are recorded."""

_PATIENCE = 3.0
"""Seconds that an interrupted script may take to end."""

_WATCH_SECONDS = 0.05

_NOT_SEEN = "it ended without that; calls in processes that it starts are not always seen"

_GUARD = 'put what is not a definition below `if __name__ == "__main__":`'


@dataclass(frozen=True)
class Recording:
    """A function, and the arguments that a script gives it."""

    workload: Plugin
    tasks: TaskSource
    said: str
    """How many calls there are, and whether the script was stopped."""


class Recorder:
    """Runs a script, and records the calls of one function.

    Args:
        nursery: of the script's process.
        script: the file.
        call: the function: `name` if it is the script's own, else `module.name` or `module:name`.
        seconds: how long the script may take until the first call; half of that is then spent on recording.
    """

    def __init__(self, nursery: Nursery, script: str, call: str, seconds: float) -> None:
        if not Path(script).is_file():
            raise BadInput(f"there is no file {script!r} to run")
        self._nursery, self._script, self._call, self._seconds = nursery, Path(script), call, seconds

    def recording(self) -> Recording:
        """Run the script, and return what was recorded; BadInput, which says why, if there is nothing to use."""
        run = self._run(MAIN, MOST)
        if run.refused is not None:
            raise BadInput(f"{self._call} cannot be recorded: {run.refused}")
        if run.raised is not None:
            raise BadInput(f"{self._script} raises {run.raised}")
        if run.found is None or not run.calls:
            raise BadInput(f"{self._script} never called {self._call}: {run.why_no_calls}")
        self._check_forms(run.calls)
        own = self._own(run.found.attribute) if run.needs_script else None
        place = run.found
        there = Plugin("workload", place.attribute, place.module, place.attribute, place.folder)
        tasks = TaskSource(
            f"the arguments of {self._call} in {self._script}",
            module=own.module if own else None,
            folder=own.folder if own else None,
            star=run.calls[0].is_spread,
            recorded=run.file,
        )
        workload = own if own and place.module == MAIN else there
        return Recording(workload, tasks, self._said(run))

    def _said(self, run: "_Run") -> str:
        count = "1 call" if len(run.calls) == 1 else f"{len(run.calls):,} calls"
        end = ", then stopped it" if run.interrupted else f"; then {run.lost}" if run.lost else ""
        return f"{self._script}: recorded {count} of {self._call}{end}"

    def _check_forms(self, calls: Sequence[Call]) -> None:
        first = calls[0]
        other = next((call for call in calls if call.form != first.form), None)
        if other is not None:
            forms = f"first with {first.form}, then with {other.form}"
            raise BadInput(f"{self._script} calls {self._call} in several ways, {forms}: write all calls in one way")
        if first.positional and first.keywords:
            raise BadInput(
                f"{self._call} is called with {first.form}: write a function that takes all of them in one way"
            )

    def _own(self, attribute: str) -> Plugin:
        """Return how lanes import the script; BadInput if they cannot, or the calls run again when they do."""
        if self._script.suffix != ".py":
            raise BadInput(f"{self._script} cannot be imported by workers: its name must end in .py")
        own = find("workload", f"{self._script}:{attribute}")
        run = self._run(own.module, 1)
        if run.calls:
            raise BadInput(f"importing {self._script}, as workers do, calls {self._call} again: {_GUARD}")
        if run.raised is not None:
            raise BadInput(f"importing {self._script}, as workers do, raises {run.raised}")
        if run.lost or run.interrupted:
            why = run.lost or f"it takes more than {self._seconds:g} s"
            raise BadInput(f"importing {self._script}, as workers do, fails, as {why}: {_GUARD}")
        return own

    def _run(self, name: str, most: int) -> "_Run":
        """Run the script under a name, until it ends, has made some calls, or takes too long."""
        handle, file = tempfile.mkstemp(dir=self._nursery.folder)
        os.close(handle)
        script = os.path.abspath(self._script)
        question = Record(script, name, _places(self._call, self._script.stem), file, most)
        with self._nursery.lane() as lane:
            lane.greet()
            try:
                ran = lane.ask(question, Ran, math.inf, _Watch(lane, file, self._seconds))
            except LaneFailure as failure:
                why = failure.reason.partition("\n")[0]
                return _Run(file, list(entries(file)), None, False, why, lost=why)
        stopped = f"it was stopped after {self._seconds:g} s, which is the --budget"
        why = stopped if ran.interrupted else ran.not_found or _NOT_SEEN
        return _Run(file, list(entries(file)), ran.raised, ran.interrupted, why)


@dataclass(frozen=True)
class _Run:
    """What is known once the script has ended."""

    file: str
    entries: Sequence[Entry]
    raised: str | None
    interrupted: bool
    why_no_calls: str
    lost: str | None = None
    """Why its process could not say how it ended."""

    @property
    def found(self) -> Found | None:
        return next((entry for entry in self.entries if isinstance(entry, Found)), None)

    @property
    def refused(self) -> str | None:
        return next((entry.why for entry in self.entries if isinstance(entry, Refused)), None)

    @cached_property
    def calls(self) -> Sequence[Call]:
        return [entry for entry in self.entries if isinstance(entry, Call)]

    @property
    def needs_script(self) -> bool:
        """Whether a lane must import the script, for the function or for its arguments."""
        own = self.found is not None and self.found.module == MAIN
        return own or any(call.needs_script for call in self.calls)


class _Watch:
    """Interrupts a script as Ctrl-C does once its time is up, and gives it up if that does not help."""

    def __init__(self, lane: LaneProcess, file: str, seconds: float) -> None:
        self._lane, self._file, self._seconds = lane, file, seconds
        self._due = 0.0
        self._until = time.monotonic() + seconds
        self._is_called = self._is_interrupted = False

    def __call__(self) -> None:
        now = time.monotonic()
        if now < self._due:
            return
        self._due = now + _WATCH_SECONDS
        if not self._is_called and self._calls():
            self._is_called, self._until = True, now + self._seconds / 2
        if now < self._until:
            return
        if self._is_interrupted:
            raise LaneFailure("hung", "it did not end when it was interrupted")
        self._is_interrupted, self._until = True, now + _PATIENCE
        with suppress(ProcessLookupError):
            os.kill(self._lane.pid, signal.SIGINT)

    def _calls(self) -> bool:
        return any(isinstance(entry, Call) for entry in entries(self._file))


def _places(call: str, stem: str) -> list[tuple[str, str]]:
    """Return where a function may be: modules, each with an attribute; the script is `__main__`."""
    if not re.fullmatch(r"[^\W\d]\w*(\.\w+)*(:\w+(\.\w+)*)?", call):
        raise BadInput(f"--call {call}: give name, module.name or module:name")
    module, colon, attribute = call.partition(":")
    if colon:
        return [(MAIN if module == stem else module, attribute)]
    parts = call.split(".")
    splits = [(".".join(parts[:at]), ".".join(parts[at:])) for at in range(len(parts) - 1, 0, -1)]
    return [*((MAIN if module == stem else module, attribute) for module, attribute in splits), (MAIN, call)]
