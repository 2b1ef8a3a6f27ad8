"""How much a comparison measures, and how small a change that lets it see: said before the race.

The model is the one that verdicts are made by: launches are the sample, and a verdict needs Student's whole interval
beyond the threshold. How much launches differ is measured by a short rehearsal of this very race, but never taken for
less than what the certification found on a real machine.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal, TypeAlias

from execbench.comparison.verdicts import RATE
from execbench.racing.stopping import Spread
from execbench.settings import Settings
from execbench.student import value_beyond

Preset: TypeAlias = Literal["gate", "quick", "thorough"]

PRESETS: Mapping[Preset, Mapping[str, float]] = {
    "gate": {"launches": 24, "min_rounds": 360, "max_time": 1.0},
    "quick": {},
    "thorough": {"launches": 48, "min_rounds": 720, "max_time": 2.0},
}
"""Settings that differ from those of `execbench run`; docs/certification.md certifies those of the gate."""

LAUNCH_SPREAD = 0.026
"""How much launches of both sides differed on the real machine of docs/certification.md."""

SEEN = 0.8
"""How often a change that can be seen is seen."""

REHEARSAL = 3
"""Launches that tell what a launch costs, and how launches differ."""

MIN_LAUNCHES = 5
"""With fewer, an interval is so wide that rounds are the better saving."""

SPARE = 0.9
"""The share of the time that is planned with: launches take longer at times."""


@dataclass(frozen=True)
class Rehearsed:
    """What the rehearsal of all races measured."""

    launch_seconds: float
    """One launch of every race."""
    rounds: int
    """Of each trial in such a launch."""
    round_seconds: float
    """One more round of every trial."""
    spread: Spread
    """How the ratios of the two sides differ between launches."""


@dataclass(frozen=True)
class Plan:
    """The settings of all races, and what they are expected to see."""

    settings: Settings
    trials: int
    """How many are judged together."""
    threshold: float
    spread: float = LAUNCH_SPREAD
    seconds: float | None = None
    """How long it will take, where that was rehearsed."""

    @property
    def visible(self) -> float:
        """The smallest change that is called slower in four of five comparisons.

        The verdict's statistic has a noncentral t distribution, here by its normal approximation (Abramowitz and
        Stegun, 26.7.10).
        """
        launches, freedom = self.settings.launches, self.settings.launches - 1
        needed = float(value_beyond(RATE / max(1, self.trials) / 2, freedom))
        luck = NormalDist().inv_cdf(SEEN) * math.sqrt(1 + needed**2 / (2 * freedom))
        errors = needed * (1 - 1 / (4 * freedom)) + luck
        return math.expm1(math.log1p(self.threshold) + errors * self.spread / math.sqrt(launches))

    def in_words(self) -> str:
        """Say what will be measured and seen."""
        settings = self.settings
        trials = "1 trial" if self.trials == 1 else f"{self.trials} trials"
        time = "" if self.seconds is None else f", about {self.seconds / 60:.1f} minutes"
        return (
            f"{settings.launches} launches of {rounds_of(settings)} rounds for {trials}{time}: "
            f"changes of {math.ceil(self.visible * 100)} % and more are seen in at least four of five comparisons, "
            f"if launches differ by {self.spread * 100:.2g} %"
        )


def preset_settings(preset: Preset) -> Settings:
    """Return the settings of a preset."""
    return Settings(**PRESETS[preset])  # type: ignore[arg-type]


def planned(settings: Settings, trials: int, threshold: float, rehearsed: Rehearsed, seconds: float) -> Plan:
    """Fit settings into the time that is left: fewer launches for all races alike, and below a few, fewer rounds."""
    most, available = rounds_of(settings), seconds * SPARE

    def cost(rounds: int) -> float:
        return rehearsed.launch_seconds + (rounds - rehearsed.rounds) * rehearsed.round_seconds

    rounds = next((count for count in range(most, 1, -1) if MIN_LAUNCHES * cost(count) <= available), 1)
    launches = max(2, min(settings.launches, int(available / cost(rounds))))
    # No launches beyond these: there is no time for them.
    fitted = replace(settings, launches=launches, min_rounds=launches * rounds, max_time=0.0)
    return Plan(fitted, trials, threshold, max(LAUNCH_SPREAD, spread_of(rehearsed.spread)), launches * cost(rounds))


def rehearsal(settings: Settings) -> Settings:
    """Return the settings of the rehearsal: a third of the rounds, whose median is nearly as steady as that of all."""
    rounds = math.ceil(rounds_of(settings) / 3)
    return replace(settings, launches=REHEARSAL, min_rounds=REHEARSAL * rounds, max_time=0.0)


def rounds_of(settings: Settings) -> int:
    """Return the rounds of each launch."""
    return math.ceil(settings.min_rounds / settings.launches)


def spread_of(spread: Spread) -> float:
    """Return the standard deviation between launches."""
    return float(math.sqrt(float(spread.squares) / max(1.0, float(spread.freedom))))


def pooled(logs: Iterable[Sequence[float]]) -> Spread:
    """Pool how the launches of several trials differ."""
    total = Spread.of([])
    for each in logs:
        total += Spread.of(each)
    return total
