"""The trials that got few launches, as they are certain not to be the fastest: a note, and no reason to doubt them."""

from collections.abc import Sequence

from execbench.report.trials import Entry, grouped


def settled(entries: Sequence[Entry]) -> list[str]:
    """Say which trials of a race were settled, after how many launches."""
    short = [entry for entry in entries if entry.record.ok and entry.record.settled and not entry.record.is_control]
    after = grouped(sorted(short, key=lambda entry: entry.record.launches), lambda entry: entry.record.launches)
    if not after:
        return []
    groups = [
        f"{', '.join(entry.title for entry in struck)} after {launches} launches" for launches, struck in after.items()
    ]
    return [f"{'; '.join(groups)}: certainly not the fastest; --precision 0.1 measures them like the others"]
