"""What changed besides the seconds of a round: start-up, memory, and what a round used."""

import math
import statistics
from collections.abc import Iterator, Sequence

import msgspec

from execbench.comparison.ratios import Figures
from execbench.records.usage import FIGURES
from execbench.stats import difference, mean_of_launches

SIDE_THRESHOLD = 0.1
"""By how much start-up, CPU or memory must move to be mentioned."""


class Moved(msgspec.Struct, frozen=True):
    """Something that changed besides the seconds of a round."""

    what: str
    """`start-up`, `CPU`, `memory`, or the title of one of the `FIGURES`."""
    old: float
    new: float


def what_moved(old: Figures, new: Figures, rate: float) -> list[Moved]:
    """Return what else changed: start-up by its interval, of which `rate` may be false, all else by its one figure."""
    found: list[Moved] = []
    if _startup_moved(old.startup_seconds, new.startup_seconds, rate):
        found.append(Moved("start-up", statistics.median(old.startup_seconds), statistics.median(new.startup_seconds)))
    single = [Moved("CPU", old.cpu_seconds or 0.0, new.cpu_seconds or 0.0)]
    if old.memory_counts == new.memory_counts is not None:
        single.append(Moved("memory", old.peak_memory_bytes or 0.0, new.peak_memory_bytes or 0.0))
    found += [moved for moved in single if moved.old and moved.new and _far(moved.new / moved.old)]
    return [*found, *_usage_moved(old, new)]


def _usage_moved(old: Figures, new: Figures) -> Iterator[Moved]:
    for figure in FIGURES if old.usage and new.usage else ():
        values = [side.usage.get(figure.name) for side in (old, new)]
        if figure.moves is None or None in values:
            continue
        # What is less than the least says nothing, and nothing can be divided by zero.
        before, after = (max(value or 0.0, figure.least) for value in values)
        if _far(after / before, figure.moves):
            yield Moved(figure.title, values[0] or 0.0, values[1] or 0.0)


def _startup_moved(old: Sequence[float], new: Sequence[float], rate: float) -> bool:
    if min(len(old), len(new)) < 2 or min(*old, *new) <= 0 or not _far(statistics.median(new) / statistics.median(old)):
        return False
    ratio = difference(*(mean_of_launches([math.log(seconds) for seconds in side]) for side in (new, old)))
    return float(ratio.chance_beyond(math.log1p(SIDE_THRESHOLD))) <= rate


def _far(ratio: float, threshold: float = SIDE_THRESHOLD) -> bool:
    return abs(math.log(ratio)) > math.log1p(threshold)
