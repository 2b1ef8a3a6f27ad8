"""A site of pages that share their scripts and their style; it needs no server, and makes no network requests."""

from collections.abc import Iterable
from pathlib import Path

from markupsafe import Markup

from execbench import files
from execbench.report.document import Chart, Document
from execbench.report.render.html import file, library, page_data, style, template
from execbench.version import __version__

SHARED = "vega.js"
"""One of the shared files, by which a site is known."""


def write_site(folder: Path, pages: Iterable[tuple[str, Document]]) -> None:
    """Write all pages; OSError where one cannot be written."""
    numbers: dict[int, int] = {}
    page = template("page.html.jinja", figure=lambda chart: numbers[id(chart)], picture=lambda chart: "")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {"page.css": style(), SHARED: library(), "page.js": file("page.js")}.items():
        files.write(folder / name, content)
    for name, document in pages:
        charts: list[Chart] = document.charts
        numbers |= {id(chart): number for number, chart in enumerate(charts)}
        text = page.render(document=document, version=__version__, data=Markup(page_data(charts)), alone=False)
        (folder / name).write_text(text, encoding="utf-8")
        numbers.clear()
