"""Comparing artifacts: two sides in, a verdict for each trial out.

Pure: nothing here prints, and nothing that an artifact holds is evaluated or used as a path.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from execbench.comparison.environments import Difference, differences
from execbench.comparison.ratios import are_paired, evidence, failures
from execbench.comparison.sides import Side
from execbench.comparison.verdicts import RATE, THRESHOLD, Judged, judge
from execbench.errors import BadInput

__all__ = ["THRESHOLD", "Comparison", "Failure", "compare"]


@dataclass(frozen=True)
class Failure:
    """A trial that failed on a side."""

    id: str
    status: str
    reason: str


@dataclass(frozen=True)
class Comparison:
    """What a comparison of two sides found."""

    old: Side
    new: Side
    method: Literal["paired", "across_runs"]
    threshold: float
    differences: Sequence[Difference]
    trials: Sequence[Judged]
    failed: Sequence[Failure]
    """On the new side only."""
    still_failed: Sequence[Failure]
    fixed: Sequence[Failure]
    """On the old side only."""
    added: Sequence[str]
    removed: Sequence[str]

    def tripped(self, kinds: Sequence[str]) -> list[str]:
        """Return the ids of the trials of these kinds, each a verdict or `failed`."""
        found = [trial.id for trial in self.trials if trial.verdict in kinds]
        return found + [failure.id for failure in self.failed if "failed" in kinds]


def compare(old: Side, new: Side, threshold: float = THRESHOLD, rate: float = RATE) -> Comparison:
    """Compare two sides; BadInput if they have no trial in common."""
    before, after = set(old.ids()), set(new.ids())
    if not before & after:
        raise BadInput(f"{old.text} and {new.text} have no trial in common: {_some(before)}; {_some(after)}")
    broken, was_broken = _failed(new), _failed(old)
    return Comparison(
        old=old,
        new=new,
        method="paired" if are_paired(old, new) else "across_runs",
        threshold=threshold,
        differences=differences(old, new),
        trials=judge(evidence(old, new), threshold, rate),
        failed=[failure for id_, failure in broken.items() if id_ not in was_broken],
        still_failed=[failure for id_, failure in broken.items() if id_ in was_broken],
        fixed=[failure for id_, failure in was_broken.items() if id_ in after and id_ not in broken],
        added=[id_ for id_ in new.ids() if id_ not in before],
        removed=[id_ for id_ in old.ids() if id_ not in after],
    )


def _failed(side: Side) -> dict[str, Failure]:
    found = ((id_, entries) for id_ in side.ids() if (entries := failures(side, id_)))
    return {id_: Failure(id_, entries[-1].status, entries[-1].reason or "") for id_, entries in found}


def _some(ids: set[str]) -> str:
    names = sorted(ids)
    return f"{', '.join(names[:3])}{', ...' if len(names) > 3 else ''}" if names else "none at all"
