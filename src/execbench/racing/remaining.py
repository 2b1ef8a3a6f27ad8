"""How long a run will still take, judged by what it has done so far."""

from collections.abc import Sequence
from statistics import fmean

_MINUTE, _HOUR = 60, 3600


def of_run(race: float, taken: Sequence[float], races_left: int) -> float:
    """Return the seconds that are left of a run.

    Args:
        race: those that are left of the current race.
        taken: the seconds of each race that this run has finished, and those that the current one will have taken.
        races_left: how many come after it.
    """
    return race + fmean(taken) * races_left


def in_words(seconds: float) -> str:
    """Write what is left, no more precisely than anybody can know it."""
    if seconds < _MINUTE:
        return f"about {max(5, 5 * round(seconds / 5))} s left"
    if seconds < _HOUR:
        return f"about {round(seconds / _MINUTE)} min left"
    return f"about {seconds / _HOUR:.1f} h left"
