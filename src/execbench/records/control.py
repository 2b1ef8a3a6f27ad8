"""Controls: what the same backend with one worker shows of a winner, which may owe its speed to something else.

A backend changes more than the number of workers: the process that the tasks run in, its memory, its library threads.
What one worker gains on the serial loop does not come from more workers.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from execbench.records.calls import number_of, ratio, speedup
from execbench.records.doubts import Doubt
from execbench.records.record import Record
from execbench.records.winner import is_believable, winners
from execbench.settings import Calls
from execbench.stats import Interval

SUPERLINEAR = 1.05
"""The efficiency above which a speedup is more than the workers can give, and more than a little noise does."""


@dataclass(frozen=True)
class Controlled:
    """A trial that a verdict says to use for a number of calls, the serial loop, and its control, if there is one."""

    winner: Record
    baseline: Record
    control: Record | None
    calls: float

    @property
    def measured(self) -> Record | None:
        """The control, unless it failed or its figures are impossible."""
        return self.control if self.control is not None and is_believable(self.control) else None

    @property
    def gain(self) -> Interval | None:
        """The winner's speedup."""
        return speedup(self.winner, self.baseline, self.calls)

    @property
    def gain_of_one(self) -> Interval | None:
        """The control's speedup; None if it was not measured."""
        return speedup(self.measured, self.baseline, self.calls) if self.measured else None

    @property
    def gain_on_one(self) -> Interval | None:
        """How many times as fast as the control, in the same heats, the winner is."""
        return ratio(self.measured, self.winner, self.calls) if self.measured else None

    @property
    def is_superlinear(self) -> bool:
        """Whether the whole interval of the efficiency lies above what workers can give."""
        return self.gain is not None and self.gain.low > SUPERLINEAR * self.winner.max_workers

    @property
    def is_not_parallel(self) -> bool:
        """Whether one worker is surely faster than the loop, and gains more on it than all workers gain on one."""
        alone, together = self.gain_of_one, self.gain_on_one
        return alone is not None and together is not None and alone.low > 1 and alone.estimate >= together.estimate

    def doubts(self) -> Iterator[Doubt]:
        """Yield what makes the workers doubtful as the reason of the speedup."""
        gain, alone, together = self.gain, self.gain_of_one, self.gain_on_one
        advice = "workers alone do not make it this fast: look for a cause that the verdict names"
        if gain is not None and self.is_superlinear:
            yield Doubt("superlinear", {"speedup_low": gain.low, "max_workers": self.winner.max_workers}, advice)
        if alone is not None and together is not None and self.is_not_parallel:
            numbers = {"one_worker_over_serial": alone.estimate, "all_workers_over_one": together.estimate}
            yield Doubt("not_parallel", numbers, advice)


def controlled(records: Sequence[Record], calls: Calls) -> Iterator[Controlled]:
    """Yield the trials of a race that its verdicts say to use: for `calls`, for many calls, and for one."""
    for python in dict.fromkeys(record.python.name for record in records):
        group = [record for record in records if record.python.name == python]
        baseline = next((record for record in group if record.is_baseline and record.ok), None)
        found: dict[str, Controlled] = {}
        for number, best in reversed([*winners(group, number_of(calls)).items()]):  # what matters most overrides
            if baseline is not None and best is not None and best is not baseline:
                found[best.name] = Controlled(best, baseline, control_of(best, group), number)
        yield from found.values()


def control_of(trial: Record, records: Sequence[Record]) -> Record | None:
    """Return the trial of a race that differs from another one in nothing but that it has one worker."""
    alone = (other for other in records if other.max_workers == 1 < trial.max_workers)
    return next((other for other in alone if _common(other) == _common(trial)), None)


def with_doubts_of_winners(records: Sequence[Record], calls: Calls) -> list[Record]:
    """Add to the winners of a race the doubts that their workers made them win."""
    doubts = {found.winner.name: tuple(found.doubts()) for found in controlled(records, calls)}
    return [replace(record, doubts=(*record.doubts, *doubts.get(record.name, ()))) for record in records]


def _common(record: Record) -> Hashable:
    """Return what a trial shares with its control."""
    return record.backend_title, record.chunksize.requested, record.python.name, record.race
