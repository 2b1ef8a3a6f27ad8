"""Draws the pictures of the documents: `python docs/pictures.py RUN.json TRACED.json METG.json`.

RUN.json is an artifact of everything (`pytest --benchmark-only --benchmark-json=RUN.json`), TRACED.json one of a race
with --trace, METG.json what `execbench metg --json METG.json` keeps.
"""

from __future__ import annotations

import sys
from pathlib import Path

from execbench import artifact
from execbench.report import figures, metg_chart
from execbench.report.digest import digest
from execbench.report.drawing import Figure
from execbench.report.pictures import draw
from execbench.sweep import storing

FOLDER = Path(__file__).parent / "pictures"


def pictures(run: Path, traced: Path, sweep: Path) -> dict[str, Figure | None]:
    """Return each picture by its name; none where the file has nothing to draw."""
    of_trial = figures.of_race(digest(artifact.read(traced)).races[0])
    drawn = {figure.kind: figure for figure in of_trial}
    return {
        "speedups": figures.overview(digest(artifact.read(run))),
        "split": drawn.get("split"),
        "metg": metg_chart.figure(storing.read(sweep)),
    }


def main() -> None:
    """Draw them all, and print what each shows in words."""
    FOLDER.mkdir(exist_ok=True)
    for name, figure in pictures(*map(Path, sys.argv[1:])).items():
        if figure is None:
            sys.exit(f"there is nothing to draw for {name}")
        draw(FOLDER / f"{name}.svg", figure)
        sys.stdout.write(f"![{figure.words}](docs/pictures/{name}.svg)\n")


if __name__ == "__main__":
    main()
