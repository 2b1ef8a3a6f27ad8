"""Reports as files: checked before the work begins, and written in the form that the file's name asks for."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from execbench import files
from execbench.errors import BadInput
from execbench.report.document import Document
from execbench.report.render.csv import as_csv
from execbench.report.render.markdown import as_markdown

Form: TypeAlias = Literal["html", "markdown", "csv", "trace"]

_SUFFIXES: Mapping[str, Form] = {".md": "markdown", ".csv": "csv", ".trace.json": "trace"}
NEEDED = ("jinja2", "vl_convert")

_MAX_PICTURES = 101
"""Nobody looks at more in a summary, and each takes a while to draw."""


def form_of(path: Path) -> Form:
    """Return the form that a file's name asks for; HTML by default."""
    return next((form for suffix, form in _SUFFIXES.items() if path.name.lower().endswith(suffix)), "html")


def missing() -> list[str]:
    """Return the libraries that a report with charts needs, and that are not installed."""
    return [name for name in NEEDED if importlib.util.find_spec(name) is None]


def check(path: Path, form: Form | None = None, *, traced: bool = True) -> None:
    """Raise BadInput if a report cannot be made or written; `traced` is whether there will be traces to show."""
    form = form or form_of(path)
    if form == "trace" and not traced:
        raise BadInput(f"{path} asks for traces, which this run will not have: add --trace (pytest: --race-trace)")
    if form in ("html", "markdown"):
        refuse_without_charts()
    files.check_writable(path, "report")


def refuse_without_charts() -> None:
    """Raise BadInput if the libraries that draw charts are missing."""
    if absent := missing():
        raise BadInput(
            f"a report with charts needs {', '.join(absent)}: python -m pip install 'execbench[report]' "
            "(--format csv works without, and so does --format markdown without a file)"
        )


def write(document: Document, path: Path, form: Form | None = None) -> None:
    """Write a document as a form, or as the file's name asks; Markdown gets its charts in a folder beside it.

    Raises:
        BadInput: the document lacks what the form shows.
        OSError: it cannot be written.
    """
    form = form or form_of(path)
    text = as_markdown(document, _draw_beside(path, document)) if form == "markdown" else rendered(document, form)
    files.write(path, text)


def rendered(document: Document, form: Form) -> str:
    """Return a document as text, Markdown without charts; BadInput where it lacks what the form shows."""
    if form == "html":
        from execbench.report.render.html import as_html  # noqa: PLC0415 -- its libraries are an extra

        return as_html(document)
    if form == "trace":
        if document.traces is None:
            raise BadInput(f"there are no traces in {document.title}: give the artifact of one run")
        return document.traces()
    return as_csv(document) if form == "csv" else as_markdown(document)


def _draw_beside(path: Path, document: Document) -> dict[int, str]:
    """Draw the charts of a summary into a folder beside it; return the path of each, which holds no names."""
    from execbench.report.charts.svg import draw  # noqa: PLC0415 -- as above

    pictured = [chart for chart in document.charts if chart.pictured][:_MAX_PICTURES]
    folder = path.with_name(f"{path.stem}-charts")
    if pictured:
        folder.mkdir(exist_ok=True)
    paths: dict[int, str] = {}
    for number, chart in enumerate(pictured, 1):
        name = f"{number:03}-{chart.template.name}.svg"
        draw(chart, folder / name)
        paths[id(chart)] = f"{folder.name}/{name}".replace(" ", "%20").replace("#", "%23")
    return paths
