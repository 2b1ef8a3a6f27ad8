"""Reports as files: HTML, Markdown with its charts beside it, or CSV."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from execbench import artifact
from execbench.errors import BadInput
from execbench.report.digest import digest
from execbench.report.flat import as_csv
from execbench.report.summary import as_markdown

Form: TypeAlias = Literal["html", "markdown", "csv"]

FORMS: tuple[Form, ...] = get_args(Form)
_SUFFIXES: Mapping[str, Form] = {".md": "markdown", ".csv": "csv"}
_NEEDED = ("altair", "jinja2", "vl_convert")


def form_of(path: Path) -> Form:
    """Tell from a file's name what a report in it is to be written in: HTML, where it says nothing else."""
    return _SUFFIXES.get(path.suffix.lower(), "html")


def check(path: Path, form: Form) -> None:
    """Find out before anything else whether a report can be made and written.

    Raises:
        BadInput: it cannot.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if form != "csv" and missing:
        raise BadInput(
            f"a report with charts needs {', '.join(missing)}: python -m pip install 'execbench[report]' "
            "(--format csv does without, and so does --format markdown without -o)"
        )
    artifact.check_writable(path, "report")


def publish(content: Mapping[str, Any], path: Path, form: Form) -> None:
    """Write the report of an artifact.

    Raises:
        OSError: it cannot be written.
    """
    if form == "html":
        from execbench.report.html import page  # noqa: PLC0415 -- each form imports what it needs

        artifact.write_text(path, page(digest(content)))
    elif form == "markdown":
        from execbench.report.pictures import draw_beside  # noqa: PLC0415 -- as above

        digested = digest(content)
        artifact.write_text(path, as_markdown(digested, draw_beside(path, digested)))
    else:
        artifact.write_text(path, without_charts(content, form))


def without_charts(content: Mapping[str, Any], form: Form) -> str:
    """Return the report of an artifact as Markdown without charts, or as CSV."""
    return as_csv(artifact.records(content)) if form == "csv" else as_markdown(digest(content))
