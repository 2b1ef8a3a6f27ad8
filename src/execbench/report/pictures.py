"""The charts as SVG files beside a Markdown report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import vl_convert

from execbench import artifact
from execbench.compare import Comparison
from execbench.report import charts, figures, theme
from execbench.report import comparison as in_words
from execbench.report.digest import Digest
from execbench.report.drawing import Figure, filled
from execbench.report.summary import Pictures

_WIDTH = 640
_SHOWN = ("speedup", "phases", "scaling")
"""Of each race; the rest of the charts is in the HTML."""

_MOST_RACES = 50
"""That are drawn: nobody looks at more in a summary, and each picture takes a while."""


def draw_beside(path: Path, digest: Digest) -> Pictures:
    """Write the charts into a folder beside the report, and return their addresses.

    Raises:
        OSError: they cannot be written.
    """
    folder = path.with_name(f"{path.stem}-charts")
    folder.mkdir(exist_ok=True)
    drawn: dict[str, list[tuple[str, str]]] = {}
    for title, name, figure in _figures(digest):
        draw(folder / name, figure)
        drawn.setdefault(title, []).append((f"{folder.name}/{name}".replace(" ", "%20"), figure.words))
    return drawn


def draw_change_beside(path: Path, comparison: Comparison) -> tuple[str, str] | None:
    """Write the chart of a comparison beside it, and return its address and its words; None where there is none.

    Raises:
        OSError: it cannot be written.
    """
    figure = figures.changes(in_words.shown(comparison))
    if figure is None:
        return None
    picture = path.with_name(f"{path.stem}-change.svg")
    draw(picture, figure)
    return picture.name.replace(" ", "%20"), figure.words


def draw(path: Path, figure: Figure) -> None:
    """Write a chart as an SVG file.

    Raises:
        OSError: it cannot be written.
    """
    template = charts.templates()[figure.kind]
    spec = theme.painted(filled(template, figure.columns, _WIDTH), theme.LIGHT)
    artifact.write_text(path, vl_convert.vegalite_to_svg(spec))


def _figures(digest: Digest) -> Iterator[tuple[str, str, Figure]]:
    """Each chart with the race it belongs to and the name of its file, which no user's name is part of."""
    if (first := figures.overview(digest)) is not None:
        yield "", "overview.svg", first
    for number, race in enumerate(digest.races[:_MOST_RACES], 1):
        for figure in figures.of_race(race):
            if figure.kind in _SHOWN:
                yield race.title, f"race-{number}-{figure.kind}.svg", figure
