"""How many rounds each lane of a launch runs, and in which heats."""

import math
from collections.abc import Callable, Iterable, Sequence

from execbench.racing.entrant import Entrant
from execbench.settings import Settings

MAX_ROUNDS_PER_LAUNCH = 10
"""More rounds in one launch add little, as launches differ from each other: the time is better spent on launches."""

MIN_SHARE = 0.1
"""Seconds of timed rounds per launch. If opening, first call and warm-up take longer than this, the rounds get as much
time as those took, since such a launch is expensive."""

BASELINE_SHARE = 3
"""How many times as much time the baseline gets, as every other trial is measured against it."""


def rounds_of(
    entrants: Iterable[Entrant], settings: Settings, team_of: Callable[[Entrant], Sequence[Entrant]]
) -> dict[Entrant, int]:
    """Choose how many rounds each open lane runs in this launch; the baseline runs in every heat.

    Args:
        entrants: those of the launch.
        settings: those of the race.
        team_of: returns the entrants of the same trial, one per interpreter.
    """
    least = math.ceil(settings.min_rounds / settings.launches)

    def affordable(entrant: Entrant, times: float = 1) -> int:
        share = min(settings.max_time / settings.launches, max(MIN_SHARE, entrant.launch_seconds)) * times
        wanted = min(MAX_ROUNDS_PER_LAUNCH, int(share / max(entrant.round_seconds, 1e-9)))
        return max(least, wanted, 1)

    racing = [entrant for entrant in entrants if entrant.lane is not None]
    baselines = [entrant for entrant in racing if entrant.trial.is_baseline]
    alone = {entrant: affordable(entrant) for entrant in racing if entrant not in baselines}
    longest = max(alone.values(), default=0)
    heats = min((affordable(entrant, BASELINE_SHARE) for entrant in baselines), default=longest)
    # A team's members share all of their heats; otherwise they could not be paired.
    rounds = {
        entrant: min(heats, *(alone.get(other, count) for other in team_of(entrant)))
        for entrant, count in alone.items()
    }
    return {**rounds, **dict.fromkeys(baselines, max(rounds.values(), default=heats))}


def takes_part(heat: int, rounds: int, heats: int) -> bool:
    """Return whether an entrant runs in a heat, so that its rounds are spread evenly over the launch."""
    return (heat + 1) * rounds // heats > heat * rounds // heats
