"""What a trial's rounds used, from the windows around them."""

from collections import Counter
from collections.abc import Sequence
from statistics import fmean

from execbench.records.usage import Usage
from execbench.supervisor.counters import TELLS_BYTES, Counts
from execbench.supervisor.process_tree import Used

_MICROSECOND = 1e-6


def usage_of(windows: Sequence[Used]) -> Usage | None:
    """Return the means over all windows; None where the system counts nothing."""
    total: Counts = sum((used.counts for used in windows), Counter())
    if not total:
        return None
    mean = {name: count / len(windows) for name, count in total.items()}
    return Usage(
        minor_faults=mean.get("minor_faults", 0.0),
        major_faults=mean.get("major_faults", 0.0),
        voluntary_switches=mean.get("voluntary_switches", 0.0),
        involuntary_switches=mean.get("involuntary_switches", 0.0),
        user_seconds=_MICROSECOND * mean.get("user_microseconds", 0.0),
        system_seconds=_MICROSECOND * mean.get("system_microseconds", 0.0),
        bytes_read=mean.get("bytes_read", 0.0) if TELLS_BYTES else None,
        bytes_written=mean.get("bytes_written", 0.0) if TELLS_BYTES else None,
        throttled_seconds=_mean([used.throttled_seconds for used in windows]),
        live_threads=fmean(used.threads for used in windows),
        megahertz=_mean([used.megahertz for used in windows]),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    """Return the mean of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
