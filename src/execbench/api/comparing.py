"""`execbench.compare`: what changed between two sides, from Python."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from execbench import comparison
from execbench.api.shown import Shown
from execbench.comparison import THRESHOLD
from execbench.comparison.sides import Side, SideRun, read_side, read_sides
from execbench.report.comparison import comparison_document
from execbench.report.document import Document

if TYPE_CHECKING:
    from execbench.api.racing import Race


class Comparison(comparison.Comparison, Shown):
    """What a comparison found: printed as text, shown by a notebook as a table."""

    def _document(self) -> Document:
        return comparison_document(self)

    __repr__ = Shown.__repr__


def compare(
    old: "Race | str | os.PathLike[str]",
    new: "Race | str | os.PathLike[str]",
    threshold: float = THRESHOLD,
) -> Comparison:
    """Compare two sides, and give a verdict for each trial that both have.

    Args:
        old: the side to compare with: a race, or what `execbench compare` takes, such as the path of an artifact.
        new: the side to judge.
        threshold: the smallest change that matters: 0.02 is 2 %.

    Returns:
        The comparison; its `trials` have a `verdict` each, and `tripped(["slower"])` names those that are slower.

    Raises:
        BadInput: a side cannot be read, or the two have no trial in common.
    """
    if isinstance(old, (str, os.PathLike)) and isinstance(new, (str, os.PathLike)):
        sides = read_sides(os.fspath(old), os.fspath(new))
    else:
        sides = _side(old, "the old race"), _side(new, "the new race")
    return Comparison(**vars(comparison.compare(*sides, threshold=threshold)))


def _side(given: "Race | str | os.PathLike[str]", name: str) -> Side:
    """Return one side; a race gets a path of its own, as two races are never of one run."""
    if isinstance(given, (str, os.PathLike)):
        return read_side(os.fspath(given))
    return Side(name, [SideRun(Path(name), given.artifact)])
