"""The A/A race: a trial against itself shows how small a difference a race on this machine can see."""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from execbench.doctor.files import Unseen
from execbench.plugins.select import Request, select
from execbench.plugins.trial import Trial
from execbench.racing.race import Progress, Race
from execbench.records.record import Record
from execbench.settings import Settings
from execbench.stats import Interval, launch_ratios, launches_needed, mean_of_launches, planned
from execbench.supervisor.lane import Nursery
from execbench.supervisor.process_tree import processes
from execbench.supervisor.python import Python

GOOD = 0.05
"""Half the width of a ratio's interval, with which a race sees the differences that people care about."""


@dataclass(frozen=True)
class Twice:
    """What the race of a trial against itself measured."""

    trial: str
    ratio: Interval
    launches: int
    needed: int | None
    """How many launches would bring half the interval's width to `GOOD`; None where no reasonable number does."""


def choose_twice(nursery: Nursery, workload: str, backend: str) -> Sequence[Trial]:
    """Return a trial twice, with the baselines that it needs; BadInput if one of the two cannot be used."""
    both = [Python(sys.executable, name) for name in ("a", "b")]
    return select(nursery, Request([backend], [workload], pythons=both)).trials


def race_twice(nursery: Nursery, trials: Sequence[Trial], progress: Progress) -> Twice:
    """Race a trial against itself by the default settings; raise Unseen if no race can be run here, or if it fails."""
    if not processes():
        raise Unseen("no race can be run here: the system does not show its processes (/proc)")
    race = Race(trials, Settings(), nursery)
    race.run(progress)
    *_, last = records = race.records()
    one, other = (record for record in records if record.backend == last.backend)
    if reason := one.reason or other.reason:
        raise Unseen(f"the race of {_name(one)} against itself failed: {reason}")
    return _measured(one, other)


def _measured(one: Record, other: Record) -> Twice:
    logs = launch_ratios(one.samples, other.samples)
    ratio = mean_of_launches(logs, planned(one.samples, other.samples))
    needed = launches_needed(ratio, len(logs), math.log1p(GOOD), 0.95)
    return Twice(_name(one), ratio.interval(), len(logs), needed)


def _name(record: Record) -> str:
    return f"{record.group}/{record.backend_title}"
