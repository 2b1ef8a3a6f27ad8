"""The timed rounds of a trial, and what was measured of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from execbench.lane.modes import Noted
from execbench.racing.usage import usage_of
from execbench.records.usage import Usage
from execbench.stats import Samples
from execbench.supervisor.process_tree import Used


@dataclass(frozen=True)
class TimedRound:
    """One of them."""

    launch: int
    heat: int
    """Within the launch."""
    seconds: float
    used: Used
    """What the processes of the trial used meanwhile."""
    hidden: float
    """How much longer it took for the parent than the lane says."""
    noted: Mapping[Noted, float]


class TimedRounds(list[TimedRound]):
    """All rounds of a trial, in their order."""

    def samples(self, planned: int) -> Samples:
        """Return their seconds; the race has at least `planned` launches."""
        seconds = tuple(each.seconds for each in self)
        return Samples(seconds, tuple(each.launch for each in self), tuple(each.heat for each in self), planned)

    @property
    def windows(self) -> Sequence[Used]:
        """What the processes used in each."""
        return [each.used for each in self]

    @property
    def noted(self) -> Mapping[Noted, Sequence[float]]:
        """What their mode noted of each."""
        return {name: tuple(each.noted[name] for each in self) for name in self[0].noted} if self else {}

    @property
    def hidden_seconds(self) -> float:
        """The least by which the parent found a round longer than the lane says."""
        return min(each.hidden for each in self)

    @property
    def cpu_seconds(self) -> float | None:
        """The mean CPU time of a round, over the whole process tree; None where the system shows none."""
        return fmean(used.cpu_seconds for used in self.windows) or None if self else None

    @property
    def median_cpu_seconds(self) -> float:
        """The median CPU time of a round."""
        return median(used.cpu_seconds for used in self.windows)

    @property
    def usage(self) -> Usage | None:
        """What else a round used; None where the system does not tell."""
        return usage_of(self.windows)
