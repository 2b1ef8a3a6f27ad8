"""Reports as files: HTML, Markdown with its charts beside it, or CSV."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias, get_args

from execbench import artifact
from execbench.compare import Comparison
from execbench.errors import BadInput
from execbench.report import comparison as in_words
from execbench.report.digest import digest
from execbench.report.flat import as_csv
from execbench.report.perfetto import as_chrome_trace
from execbench.report.summary import as_markdown
from execbench.sweep.storing import Sweep

Form: TypeAlias = Literal["html", "markdown", "csv", "trace"]

FORMS: tuple[Form, ...] = get_args(Form)
_SUFFIXES: Mapping[str, Form] = {".md": "markdown", ".csv": "csv", ".trace.json": "trace"}
_HTML_ONLY = "of a METG sweep there is an HTML report only"
_NEEDED = ("altair", "jinja2", "vl_convert")


def form_of(path: Path) -> Form:
    """Tell from a file's name what a report in it is to be written in: HTML, where it says nothing else."""
    return next((form for suffix, form in _SUFFIXES.items() if path.name.lower().endswith(suffix)), "html")


def check(path: Path, form: Form) -> None:
    """Find out before anything else whether a report can be made and written.

    Raises:
        BadInput: it cannot.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if form in ("html", "markdown") and missing:
        raise BadInput(
            f"a report with charts needs {', '.join(missing)}: python -m pip install 'execbench[report]' "
            "(--format csv does without, and so does --format markdown without -o)"
        )
    artifact.check_writable(path, "report")


def check_before_race(path: Path, *, traced: bool) -> None:
    """Find out, too, whether there will be what the report is to show.

    Raises:
        BadInput: it cannot be made or written.
    """
    form = form_of(path)
    if form == "trace" and not traced:
        raise BadInput(f"{path} is a name for traces, which this run will not have: add --trace (pytest: --race-trace)")
    check(path, form)


class Report(Protocol):
    """What can be written in every form."""

    def html(self) -> str:
        """Return the one file."""

    def markdown(self, beside: Path | None) -> str:
        """Return Markdown; charts are written beside a file, if there is to be one.

        Raises:
            OSError: they cannot be written.
        """

    def csv(self) -> str:
        """Return a flat table."""

    def trace(self) -> str:
        """Return what Perfetto opens.

        Raises:
            BadInput: there are no traces.
        """


@dataclass(frozen=True)
class RunReport:
    """The report of an artifact."""

    content: Mapping[str, Any]

    def html(self) -> str:
        """Return the one file."""
        from execbench.report.html import page  # noqa: PLC0415 -- each form imports what it needs

        return page(digest(self.content))

    def markdown(self, beside: Path | None) -> str:
        """Return Markdown, with pictures of the races where they can stand beside it."""
        digested = digest(self.content)
        if beside is None:
            return as_markdown(digested)
        from execbench.report.pictures import draw_beside  # noqa: PLC0415 -- as above

        return as_markdown(digested, draw_beside(beside, digested))

    def csv(self) -> str:
        """Return a line for each trial."""
        return as_csv(artifact.records(self.content))

    def trace(self) -> str:
        """Return the traced rounds."""
        records = artifact.records(self.content)
        if not any(record.trace for record in records):
            raise BadInput("the artifact holds no traces: race with --trace (pytest: --race-trace)")
        return as_chrome_trace(records)


@dataclass(frozen=True)
class ComparisonReport:
    """The report of two sides."""

    comparison: Comparison

    def html(self) -> str:
        """Return the one file."""
        from execbench.report.html.comparison import page  # noqa: PLC0415 -- as above

        return page(self.comparison)

    def markdown(self, beside: Path | None) -> str:
        """Return Markdown, with the chart where it can stand beside it."""
        if beside is None:
            return in_words.markdown(self.comparison)
        from execbench.report.pictures import draw_change_beside  # noqa: PLC0415 -- as above

        return in_words.markdown(self.comparison, draw_change_beside(beside, self.comparison))

    def csv(self) -> str:
        """Return a line for each trial."""
        return in_words.as_csv(self.comparison)

    def trace(self) -> str:
        """There is none."""
        raise BadInput("a comparison has no traces: give one artifact")


@dataclass(frozen=True)
class SweepReport:
    """The report of a METG sweep: a page only."""

    sweep: Sweep

    def html(self) -> str:
        """Return the one file."""
        from execbench.report.html.metg import page  # noqa: PLC0415 -- as above

        return page(self.sweep)

    def markdown(self, beside: Path | None) -> str:
        """There is none."""
        raise BadInput(_HTML_ONLY)

    def csv(self) -> str:
        """There is none."""
        raise BadInput(_HTML_ONLY)

    def trace(self) -> str:
        """There is none."""
        raise BadInput(_HTML_ONLY)


def publish(report: Report, path: Path, form: Form) -> None:
    """Write a report.

    Raises:
        OSError: it cannot be written.
    """
    artifact.write_text(path, report.markdown(path) if form == "markdown" else as_text(report, form))


def as_text(report: Report, form: Form) -> str:
    """Return a report that has nothing beside it."""
    forms: dict[Form, Callable[[], str]] = {
        "html": report.html,
        "markdown": partial(report.markdown, None),
        "csv": report.csv,
        "trace": report.trace,
    }
    return forms[form]()
