"""`execbench report`: an artifact, or a comparison of two, as one HTML file, as Markdown, or as a flat table."""

import argparse
from pathlib import Path

from execbench import files
from execbench.advice import saved
from execbench.cli import output
from execbench.cli.arguments import add_calls, side
from execbench.cli.exit_codes import BAD_INPUT, FINE
from execbench.comparison import compare
from execbench.comparison.sides import read_sides
from execbench.errors import BadInput
from execbench.records import artifact
from execbench.report import write
from execbench.report.advice import advice_document
from execbench.report.break_even import break_even_document
from execbench.report.comparison import comparison_document
from execbench.report.document import Document
from execbench.report.metg import metg_document
from execbench.report.race import run_document
from execbench.sweep import results

DESCRIPTION = """\
Make a report of an artifact, or of how a second one compares with it. The HTML report is one file that works offline
and loads nothing."""

EPILOG = """\
examples:
  execbench report run.json                                    write report.html
  execbench report run.json -o run.md                          Markdown, with its charts in run-charts/
  execbench report run.json --format markdown >> "$GITHUB_STEP_SUMMARY"
  execbench report run.json --format csv > run.csv
  execbench report run.json -o run.trace.json                  the rounds of `run --trace`, for ui.perfetto.dev
  execbench report old.json new.json -o change.html            the same as `execbench compare`, with a chart
  execbench report metg.json                                   the results of `execbench metg --json metg.json`

exit codes: 0 success; 2 bad input"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    saved_by = "artifact of a run, or what `advise`, `metg` or `break-even` saved as --json"
    parser.add_argument("run", type=side, metavar="RUN", help=saved_by)
    parser.add_argument(
        "new", nargs="?", type=side, metavar="NEW", help="compare RUN with this; see `execbench compare`"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="where to write the report (default: report.html; Markdown and CSV go to standard output, without charts)",
    )
    add_calls(parser, "as the run was told")
    parser.add_argument(
        "--format",
        choices=("html", "markdown", "csv", "trace"),
        help="trace is for Perfetto (default: what FILE ends in, .md, .csv or .trace.json; otherwise html)",
    )


def run(parsed: argparse.Namespace) -> int:
    """Check that the report can be written, then make it."""
    form: write.Form = parsed.format or (write.form_of(parsed.output) if parsed.output else "html")
    path: Path | None = parsed.output or (Path("report.html") if form == "html" else None)
    if path is not None:
        write.check(path, form)
        for read in filter(None, (parsed.run, parsed.new)):
            files.refuse_same(path, Path(read), "the report would replace what it is made from")
    document = _document(parsed)
    if path is None:
        print(write.rendered(document, form), end="")
        return FINE
    return FINE if output.save(path, "report", lambda: write.write(document, path, form)) else BAD_INPUT


def _document(parsed: argparse.Namespace) -> Document:
    if parsed.new is not None:
        return comparison_document(compare(*read_sides(parsed.run, parsed.new)))
    path = Path(parsed.run)
    if (advice := saved.read(path)) is not None:
        return advice_document(advice)
    if (kind := results.kind_of(path)) is not None:
        sweep = results.read(path, kind)
        return metg_document(sweep) if isinstance(sweep, results.MetgRun) else break_even_document(sweep)
    content = artifact.read(path)
    if not content.is_ours:
        raise BadInput(f"{path} is an artifact of plain pytest-benchmark: there is no race in it to report")
    return run_document(content, parsed.calls)
