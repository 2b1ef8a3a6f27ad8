"""What each backend costs on this machine, whatever the tasks are: measured once, and kept in the user's cache folder.

A calibration only says which candidates cannot win, and so need not be raced. Without it, the answer takes longer, and
is the same.
"""

import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import platformdirs

from execbench import files
from execbench.advice.budget import Budget
from execbench.environment import library_threads, usable_cpus
from execbench.errors import BadInput
from execbench.lane.messages import Done, LaneFailure
from execbench.lane.questions import Calibrate, Calibrated, Carry
from execbench.plugins.trial import Choice
from execbench.records.decode import decode
from execbench.supervisor.lane import LaneProcess, Nursery
from execbench.version import __version__

FRESH_SECONDS = 30 * 86_400
"""A calibration that is older is measured again."""

MOST_SECONDS = 8.0
"""For all calibrations of one advice, in which the budget stands still: they are made once for a machine."""

LEAST_SECONDS = 2.0
"""That a backend may take, however short the loop is."""

_SENDING_SECONDS = 1.0
"""For a lambda, beyond what the backend takes anyway: then it waits for what it could not send."""


class Kept(msgspec.Struct, frozen=True):
    """A calibration in the cache."""

    measured: float
    """Seconds since the epoch."""
    costs: Calibrated | None
    """None if that took longer than `limit`."""
    limit: float
    """Seconds that it could take."""


class _File(msgspec.Struct, frozen=True):
    """The cache."""

    execbench: str
    calibrations: dict[str, Kept] = {}
    """By what they depend on."""


def cache_path() -> Path:
    """Return where calibrations are kept."""
    return platformdirs.user_cache_path("execbench") / "calibrations.json"


class Calibrations:
    """The costs of backends: from the cache, or measured now.

    Args:
        nursery: that of the advice.
        warn: told, in a line, what is wrong with the cache.
    """

    def __init__(self, nursery: Nursery, warn: Callable[[str], object]) -> None:
        self._nursery, self._warn = nursery, warn
        self._path = cache_path()
        self._known = dict(self._read())
        self._has_news = False
        self._left = MOST_SECONDS
        self.failures: dict[str, str] = {}
        """Why a backend has no calibration, by its title."""

    def of(
        self, backends: Sequence[Choice], loop: float, budget: Budget, progress: Callable[[str], object]
    ) -> dict[str, Calibrated]:
        """Return the costs of each backend by its title.

        Args:
            backends: those whose costs are wanted.
            loop: the seconds of a loop over the tasks. A backend that takes twice as long to start is no use.
            budget: stands still while backends are calibrated.
            progress: told what happens.
        """
        begun = time.monotonic()
        found: dict[str, Calibrated] = {}
        for backend in backends:
            limit = min(max(LEAST_SECONDS, 2 * loop), begun + self._left - time.monotonic())
            costs = self._costs(backend, limit, progress)
            if isinstance(costs, str):
                self.failures[backend.title] = costs
            else:
                found[backend.title] = costs
        taken = time.monotonic() - begun
        self._left -= taken
        budget.forgive(taken)
        if self._has_news:
            self._write()
        return found

    def _costs(self, backend: Choice, limit: float, progress: Callable[[str], object]) -> Calibrated | str:
        """Return what a backend costs, or why that is not known; a failure is not kept, as it may pass."""
        kept = self._kept(backend, limit)
        if kept is None and limit < LEAST_SECONDS:
            return "not calibrated yet: the next advice will do that"
        if kept is None:
            progress(f"calibrating {backend.title}, once for this machine")
            try:
                kept = self._measured(backend, limit)
            except LaneFailure as failure:
                return failure.reason.partition("\n")[0]
            self._known[_key(backend)], self._has_news = kept, True
        return kept.costs or f"it takes more than {kept.limit:.2g} s to start and stop"

    def _kept(self, backend: Choice, limit: float) -> Kept | None:
        """Return what the cache has, unless it is old, or was cut off sooner."""
        kept = self._known.get(_key(backend))
        if kept is None or not 0 <= time.time() - kept.measured < FRESH_SECONDS:
            return None
        return kept if kept.costs is not None or kept.limit >= limit else None

    def _measured(self, backend: Choice, limit: float) -> Kept:
        """Calibrate a backend; LaneFailure if it fails, but for one that takes too long."""
        with self._nursery.lane(environment=library_threads(baseline=False)) as lane:
            lane.greet()
            asked = (backend.plugin.place, dict(backend.options), usable_cpus())
            try:
                costs = lane.ask(Calibrate(*asked), Calibrated, limit)
            except LaneFailure as failure:
                if failure.status != "hung":
                    raise
                return Kept(time.time(), None, limit)
            if not costs.shared:
                around = costs.open + costs.first_call + costs.close
                costs.by_value = _can(lane, Carry(*asked), _SENDING_SECONDS + around)
            return Kept(time.time(), costs, limit)

    def _read(self) -> dict[str, Kept]:
        try:
            content = files.read(self._path)
        except BadInput:
            return {}
        try:
            kept = decode(content, _File, "the calibrations of this version of execbench")
        except BadInput as error:
            self._warn(f"{self._path} is ignored: {error}")
            return {}
        if kept.execbench != __version__:
            self._warn(f"{self._path} is ignored: it is of execbench {kept.execbench}")
            return {}
        return kept.calibrations

    def _write(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            files.write(self._path, msgspec.json.encode(_File(__version__, self._known)))
        except OSError as error:
            self._warn(f"the calibrations cannot be kept in {self._path}: {error.strerror}")


def _can(lane: LaneProcess, question: Carry, seconds: float) -> bool:
    """Return whether a backend can do something: some fail if they cannot, and others wait forever."""
    try:
        lane.ask(question, Done, seconds)
    except LaneFailure as failure:
        if failure.status not in ("raised", "hung"):
            raise
        return False
    return True


def _key(backend: Choice) -> str:
    """Return what the costs of a backend depend on: the machine, the interpreter, what is installed, the options."""
    place = backend.plugin.place
    depends = [
        (platform.node(), platform.machine(), platform.release(), usable_cpus()),
        (sys.executable, sys.version, [_changed(folder) for folder in sys.path]),
        (place.module, place.attribute, place.folder, place.pickle, sorted(map(str, backend.options.items()))),
    ]
    return hashlib.sha256(json.dumps(depends).encode()).hexdigest()


def _changed(folder: str) -> float:
    """Return when something was last installed into a folder."""
    try:
        return os.stat(folder).st_mtime if folder.endswith(("site-packages", "dist-packages")) else 0.0
    except OSError:
        return 0.0
