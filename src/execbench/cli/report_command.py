"""`execbench report`: an artifact, or a comparison of two, as one HTML file, as Markdown, or as a flat table."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from execbench.cli.exit_codes import BAD_INPUT, FINE

if TYPE_CHECKING:
    from execbench.report.publishing import Form, Report

_EPILOG = """\
examples:
  execbench report run.json                                    writes report.html
  execbench report run.json -o run.md                          Markdown, with its charts in run-charts/
  execbench report run.json --format markdown >> "$GITHUB_STEP_SUMMARY"
  execbench report run.json --format csv > run.csv
  execbench report run.json -o run.trace.json                  the rounds of `run --trace`, for ui.perfetto.dev
  execbench report old.json new.json -o change.html            what `execbench compare` says, with a chart

exit codes: 0 fine; 2 bad input"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "report",
        help="make a report of an artifact: one HTML file with charts, Markdown, or CSV",
        description="Make a report of an artifact, or of how a second one compares with it. The HTML is one file: it "
        "opens anywhere and loads nothing.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "run", metavar="RUN", help="an artifact of `execbench run` or of pytest, or what `execbench metg` has written"
    )
    parser.add_argument(
        "new", nargs="?", metavar="NEW", help="compare with this; both as `execbench compare` takes them"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="default: report.html; for Markdown and CSV, standard output, without charts",
    )
    parser.add_argument(
        "--format",
        choices=("html", "markdown", "csv", "trace"),
        help="trace: the traced rounds, for Perfetto; default: what FILE ends in (.html, .md, .csv, .trace.json), "
        "otherwise html",
    )
    parser.set_defaults(command=run)


def run(parsed: argparse.Namespace) -> int:
    """Find out whether the report can be written, then make it."""
    from execbench.report import publishing

    form: Form = parsed.format or (publishing.form_of(parsed.output) if parsed.output else "html")
    path: Path | None = parsed.output or (Path("report.html") if form == "html" else None)
    if path is not None:
        publishing.check(path, form)
    report = _report(parsed)
    if path is None:
        print(publishing.as_text(report, form), end="")
        return FINE
    return FINE if write_report(report, path, form) else BAD_INPUT


def _report(parsed: argparse.Namespace) -> Report:
    from execbench import artifact
    from execbench.compare import compare
    from execbench.compare.sides import read_sides
    from execbench.report import publishing
    from execbench.sweep import storing

    if parsed.new is not None:
        return publishing.ComparisonReport(compare(*read_sides(parsed.run, parsed.new)))
    run = Path(parsed.run)
    if storing.is_sweep(run):
        return publishing.SweepReport(storing.read(run))
    return publishing.RunReport(artifact.read(run))


def write_report(report: Report, path: Path, form: Form) -> bool:
    """Write the report and say so; return whether it could be written."""
    from execbench.report import publishing

    try:
        publishing.publish(report, path, form)
    except OSError as error:
        print(f"execbench: the report {path} could not be written: {error.strerror}", file=sys.stderr)
        return False
    print(f"The report is {path}", file=sys.stderr)
    return True
