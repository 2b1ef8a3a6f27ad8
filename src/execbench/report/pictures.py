"""The charts as SVG files beside a Markdown report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import vl_convert

from execbench import artifact
from execbench.report import charts, figures, theme
from execbench.report.digest import Digest
from execbench.report.figures import Figure
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
    templates = charts.templates()
    drawn: dict[str, list[tuple[str, str]]] = {}
    for title, name, figure in _figures(digest):
        spec = theme.painted(charts.filled(templates[figure.kind], figure.columns, _WIDTH), theme.LIGHT)
        artifact.write_text(folder / name, vl_convert.vegalite_to_svg(spec))
        drawn.setdefault(title, []).append((f"{folder.name}/{name}".replace(" ", "%20"), figure.words))
    return drawn


def _figures(digest: Digest) -> Iterator[tuple[str, str, Figure]]:
    """Each chart with the race it belongs to and the name of its file, which no user's name is part of."""
    if (first := figures.overview(digest)) is not None:
        yield "", "overview.svg", first
    for number, race in enumerate(digest.races[:_MOST_RACES], 1):
        for figure in figures.of_race(race):
            if figure.kind in _SHOWN:
                yield race.title, f"race-{number}-{figure.kind}.svg", figure
