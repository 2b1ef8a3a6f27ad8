"""Other ways to start workers than forking them, where a forked worker would not be safe."""

import multiprocessing
from collections.abc import Mapping, Sequence

from execbench.lane.questions import Calibrated
from execbench.plugins.trial import Choice

OPTION = "start_method"
"""What a backend calls the option that says how its workers are started."""

WITHOUT_FORKS = ("forkserver", "spawn")
"""The cheaper one first; some platforms only have the other."""


def started_without_forks(backends: Sequence[Choice], calibrated: Mapping[str, Calibrated]) -> list[Choice]:
    """Return the backends that fork unless told otherwise, with workers that are started in another way.

    Args:
        backends: those that may be advised; one for which the user has chosen a start method has no other.
        calibrated: what each costs, by title, and whether it forks.
    """
    forking = [backend for backend in backends if backend.title in calibrated and calibrated[backend.title].forks]
    return [
        backend.with_option(OPTION, method)
        for backend in forking
        if backend.leaves_open(OPTION) and (method := _cheapest(backend.allows(OPTION)))
    ]


def _cheapest(allowed: Sequence[str]) -> str | None:
    there = multiprocessing.get_all_start_methods()
    return next((method for method in WITHOUT_FORKS if method in allowed and method in there), None)
