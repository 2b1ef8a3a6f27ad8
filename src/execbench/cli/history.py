"""`execbench history`: runs kept by commit, and what changed over the commits."""

import argparse
import shlex
import sys
from pathlib import Path

from execbench import files
from execbench.cli import output
from execbench.cli.arguments import add_output, count, option
from execbench.cli.exit_codes import BAD_INPUT, FINE, GATE_TRIPPED
from execbench.errors import BadInput
from execbench.history import history, notes
from execbench.history.bisect import Plan, between, bisect
from execbench.history.commit import commit_of
from execbench.history.excerpt import excerpt
from execbench.history.export import FORMS, Wanted, export
from execbench.history.place import place_of
from execbench.records import artifact
from execbench.report import write
from execbench.report.history import bisect_document, history_document
from execbench.report.history_site import Pages

DESCRIPTION = """\
Keep runs by commit, and see at which commits trials changed. A history is a folder, a branch of the repository here
(branch:NAME), or a bare repository or an address (REPOSITORY#BRANCH). Files are added to it, and never rewritten."""

EPILOG = """\
examples:
  execbench history add run.json                           to the folder execbench-history
  execbench history add run.json --to branch:history       to a branch of the repository here
  execbench history show                                   what changed lately, the worst first
  execbench history html site/                             a site that opens without a server
  execbench history bisect v1.0 main --race '-w bench/sort.py -b pool --launches 24'
  execbench history export --format otava --output otava.json

exit codes: 0 success; 1 bisect found no commit; 2 bad input; 130 Ctrl-C"""

_DEFAULT = "execbench-history"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands with their options."""
    commands = parser.add_subparsers(required=True, metavar="add|show|html|bisect|export", title="commands")
    adding = commands.add_parser("add", help="add the artifact of a run")
    adding.set_defaults(act=_add)
    adding.add_argument("run", type=Path, metavar="RUN", help="artifact of a run")
    adding.add_argument("--to", default=_DEFAULT, metavar="HISTORY", help="where to (default: %(default)s)")
    adding.add_argument("--commit", metavar="COMMIT", help="what was measured (default: what the artifact says)")
    showing = commands.add_parser("show", help="show what changed lately, the worst first")
    showing.set_defaults(act=_show)
    _add_reading(showing)
    add_output(showing)
    site = commands.add_parser("html", help="write a site: what changed lately, each trial, and each commit")
    site.set_defaults(act=_html)
    site.add_argument("folder", type=Path, metavar="FOLDER", help="where to write it")
    _add_reading(site)
    _add_searching(commands.add_parser("bisect", help="find the commit that made a trial slower, by paired races"))
    _add_exporting(commands.add_parser("export", help="write what another tool reads"))


def _add_searching(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(act=_bisect)
    parser.add_argument("good", metavar="GOOD", help="a commit that is fast")
    parser.add_argument("bad", metavar="BAD", help="a later one that is slow")
    words = "what to race, as `execbench run` takes it, in quotes (default: nothing; commits are only listed)"
    parser.add_argument("--race", metavar="'ARGUMENTS'", help=words)
    parser.add_argument("--trial", help="the trial to follow (default: the one that became slowest)")
    parser.add_argument("--build", metavar="COMMAND", help="shell command that makes a checkout ready")
    parser.add_argument(
        "--python", metavar="PATH", help="the interpreter, which may lie in the checkout once it is built"
    )
    sources = "where modules are imported from in a checkout (default: src if there is one, otherwise the checkout)"
    parser.add_argument("--sources", metavar="FOLDER", help=sources)


def _add_exporting(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(act=_export)
    parser.add_argument("history", nargs="?", default=_DEFAULT, metavar="HISTORY", help="default: %(default)s")
    parser.add_argument("--format", choices=list(FORMS), required=True, help="the tool that reads it")
    parser.add_argument("--machine", help="the machine, as `history show` names it (default: the one with most runs)")
    parser.add_argument("--commit", help="the commit, for tools that read a single one (default: the last)")
    parser.add_argument("--repository", metavar="URL", help="the project's address, for conbench")
    option(parser, "--output", Path, "where to write it (default: standard output)")


def _add_reading(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command that reads a history."""
    parser.add_argument("history", nargs="?", default=_DEFAULT, metavar="HISTORY", help="default: %(default)s")
    option(parser, "--last", count, "the number of commits that are lately", 20)
    option(parser, "--notes", Path, "TOML file with annotations and expected changes")


def run(parsed: argparse.Namespace) -> int:
    """Run the subcommand."""
    code: int = parsed.act(parsed)
    return code


def _add(parsed: argparse.Namespace) -> int:
    found = artifact.read(parsed.run)
    try:
        kept = excerpt(found, commit_of(found, parsed.commit))
    except BadInput as error:
        raise BadInput(f"{parsed.run}: {error}") from None
    added = history.add(place_of(parsed.to), kept)
    output.say(f"{kept.file_name} {'is added to' if added else 'was in the history already:'} {parsed.to}")
    return FINE


def _show(parsed: argparse.Namespace) -> int:
    output.check(parsed.report)
    found = _read(parsed.history)
    return output.show_and_save(history_document(found, notes.read(parsed.notes), parsed.last), parsed)


def _html(parsed: argparse.Namespace) -> int:
    folder: Path = parsed.folder
    write.refuse_without_charts()
    from execbench.report.render.html.site import SHARED, write_site  # its libraries are an extra

    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is a file, not a folder")
    if folder.exists() and any(folder.iterdir()) and not (folder / SHARED).exists():
        raise BadInput(f"{folder} holds other files, and no site of a history: give a new folder")
    pages = Pages(_read(parsed.history), notes.read(parsed.notes), parsed.last)
    return FINE if output.save(folder / "index.html", "site", lambda: write_site(folder, pages)) else BAD_INPUT


def _bisect(parsed: argparse.Namespace) -> int:
    here = Path()
    commits = between(here, parsed.good, parsed.bad)
    if parsed.race is None:
        print("\n".join(commits))
        middle = commits[len(commits) // 2][:12]
        output.say(f"{len(commits) - 2} commits lie between both ends; with --race, {middle} is raced first")
        return FINE
    sources = parsed.sources or ("src" if Path("src").is_dir() else ".")
    python = parsed.python or sys.executable
    plan = Plan(here, shlex.split(parsed.race), python, parsed.build, sources, parsed.trial)
    outcome = bisect(plan, commits, output.say)
    output.show(bisect_document(outcome, commits))
    return FINE if outcome is not None and outcome.culprit is not None else GATE_TRIPPED


def _export(parsed: argparse.Namespace) -> int:
    text = export(_read(parsed.history), parsed.format, Wanted(parsed.machine, parsed.commit, parsed.repository))
    if parsed.output is None:
        print(text, end="")
        return FINE
    files.check_writable(parsed.output, "export")
    return FINE if output.save(parsed.output, "export", lambda: files.write(parsed.output, text)) else BAD_INPUT


def _read(text: str) -> history.History:
    found = history.read(place_of(text))
    if not found.runs:
        skipped = "".join(f"; {name}: {why}" for name, why in list(found.skipped.items())[:3])
        raise BadInput(f"{text} holds no run: `execbench history add` adds one{skipped}")
    return found
