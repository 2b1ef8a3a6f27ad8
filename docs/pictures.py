"""Draw the documents' pictures: `python docs/pictures.py RUN.json TRACED.json METG.json`.

RUN.json is an artifact of all trials (`pytest --benchmark-only --benchmark-json=RUN.json`), TRACED.json one of a race
with --trace, and METG.json the output of `execbench metg --json METG.json`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from execbench.records import artifact
from execbench.report.charts.svg import draw
from execbench.report.document import Chart, Document
from execbench.report.metg import metg_document
from execbench.report.race import run_document
from execbench.sweep import results

FOLDER = Path(__file__).parent / "pictures"


def pictures(run: Path, traced: Path, sweep: Path) -> dict[str, Chart | None]:
    """Return the charts by name; None where the file has nothing to draw."""
    metg = results.read(sweep, results.MetgRun)
    assert isinstance(metg, results.MetgRun)
    return {
        "speedups": _chart(run_document(artifact.read(run)), "overview"),
        "split": _chart(run_document(artifact.read(traced)), "split"),
        "metg": _chart(metg_document(metg), "metg"),
    }


def _chart(document: Document, name: str) -> Chart | None:
    return next((chart for chart in document.charts if chart.template.name == name), None)


def main() -> None:
    """Draw all pictures, and print the Markdown that shows each."""
    FOLDER.mkdir(exist_ok=True)
    for name, chart in pictures(*map(Path, sys.argv[1:])).items():
        if chart is None:
            sys.exit(f"nothing to draw for {name}")
        draw(chart, FOLDER / f"{name}.svg")
        sys.stdout.write(f"![{chart.words}](docs/pictures/{name}.svg)\n")


if __name__ == "__main__":
    main()
