"""How long a run will still take, judged by what it has done so far."""

from collections.abc import Sequence
from statistics import fmean

from execbench.settings import Settings

_MINUTE, _HOUR = 60, 3600


def of_run(race: float, taken: Sequence[float], races_left: int) -> float:
    """Return the seconds that are left of a run.

    Args:
        race: those that are left of the current race.
        taken: the seconds of each race that this run has finished, and those that the current one will have taken.
        races_left: how many come after it.
    """
    return race + fmean(taken) * races_left


def launches_expected(launches: int, spent: float, precision: float, settings: Settings, most: int) -> float:
    """Guess how many launches there will have been when a result is known well enough, or there is no more time.

    Args:
        launches: how many there were.
        spent: the seconds that they took.
        precision: that of the result; infinite if it has none yet.
        settings: their number, the precision that is enough, and the time that there is.
        most: the maximum.
    """
    if launches < settings.launches:
        return settings.launches
    until_precise = launches * (precision / settings.enough) ** 2
    until_late = launches * settings.max_time / max(spent, 1e-9)
    return max(launches + 1, min(until_precise, until_late, most))


def in_words(seconds: float) -> str:
    """Write what is left, no more precisely than anybody can know it."""
    if seconds < _MINUTE:
        return f"about {max(5, 5 * round(seconds / 5))} s left"
    if seconds < _HOUR:
        return f"about {round(seconds / _MINUTE)} min left"
    return f"about {seconds / _HOUR:.1f} h left"
