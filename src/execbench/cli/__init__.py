"""`execbench` on the command line: a module for each command, and the only package that prints.

Only the command that runs is imported, so that `execbench --help` answers at once.
"""

import argparse
import gc
import importlib
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from execbench.cli import streams
from execbench.cli.exit_codes import BAD_INPUT, BROKEN_PIPE, FINE, INTERRUPTED
from execbench.errors import BadInput
from execbench.report.escape import visible_lines
from execbench.supervisor import signals
from execbench.version import __version__

_SHELLS = ("bash", "zsh", "tcsh")

COMMANDS = {
    "list": "show the backends and workloads, their options, and whether they work here",
    "advise": "say which executor to use for a function, and print the program",
    "run": "race workloads on backends",
    "report": "turn an artifact into HTML with charts, Markdown, or CSV",
    "compare": "compare artifacts: which trials are faster, slower, the same, or unclear",
    "ci": "compare a change with its base in a project's CI, and publish the verdict",
    "history": "keep runs by commit, and see at which commits trials changed",
    "doctor": "see what this machine can tell apart, and what costs it precision",
    "check": "check that backends fulfil the contract, and see how they fail",
    "latency": "measure what single calls cost on each backend: round trips, calls per second, arguments",
    "metg": "find the shortest tasks that still keep each backend's workers busy",
    "break-even": "find how long, and how many, tasks must be for each backend to beat the serial loop",
}

_EPILOG = """\
examples:
  execbench list                                 see what can race here
  execbench run -w cube --json a.json            race one workload on every backend
  execbench report a.json                        show the results as one HTML file
  execbench compare a.json b.json                see what changed between two runs
  execbench check pool                           see how a backend behaves, and how it fails

exit codes: 0 success; 1 a trial or a check failed, or a gate tripped; 2 bad input; 130 Ctrl-C

Run `execbench COMMAND --help` for the options of a command."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message}\n{self.format_usage().strip()}")


class _PrintCompletion(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option_string: Any = None) -> None:
        from execbench.cli.completion import script

        whole, commands = parsers(COMMANDS)
        print(script(whole, commands.values(), values))
        parser.exit()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; without arguments, those of the program, whose streams it then guards."""
    if arguments is not None:
        return _run(arguments)
    output, given = streams.guard(), sys.argv[1:]
    if given[:1] in (["compare"], ["report"]):
        gc.disable()  # thousands of records hold no cycles, but looking for these takes a fifth of the time
    code = _run(given)
    sys.stdout.flush()
    is_printed = output.failure is None or given[:1] == ["run"]  # whose product is the artifact
    if is_printed or code in (BAD_INPUT, INTERRUPTED):
        return code
    return BROKEN_PIPE if isinstance(output.failure, BrokenPipeError) else BAD_INPUT


def _run(given: Sequence[str]) -> int:
    begun = time.monotonic()
    try:
        with signals.interrupting():
            parsed = _parse(given)
            parsed.begun = begun  # the command is imported since then
            command: Callable[[argparse.Namespace], int] = parsed.command
            return command(parsed)
    except BadInput as error:
        print(f"execbench: {visible_lines(str(error))}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("execbench: interrupted", file=sys.stderr)
        return INTERRUPTED
    except SystemExit:  # --help, --version and --print-completion
        return FINE


def _parse(given: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments, after what the project has as defaults; then those are arguments of this program, too."""
    parser, commands = parsers(given)
    parsed = parser.parse_args(given)
    from execbench.cli import defaults  # not for --help

    project = defaults.nearest()
    project.check(tuple(COMMANDS), lambda name: parsers([name])[1][name])
    if words := project.arguments(parsed.command_name, commands[parsed.command_name], parsed):
        place = given.index(parsed.command_name) + 1
        given = [*given[:place], *words, *given[place:]]
        with project.blamed():
            parsed = parser.parse_args(given)
        sys.argv[1:] = given
    return parsed


def parsers(names: Iterable[str]) -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """Return the parser of all, and that of each command; only commands among the names get their options."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = _Parser(
        prog="execbench",
        description="Race executor backends: every workload on every backend, every result checked.",
        epilog=_EPILOG,
        formatter_class=raw,
    )
    parser.add_argument("--version", action="version", version=_version(verbose={"--version", "--verbose"} <= {*names}))
    parser.add_argument("--verbose", action="store_true", help="with --version: what a report of a problem should have")
    words = "print what makes a shell complete commands and options"
    parser.add_argument("--print-completion", action=_PrintCompletion, choices=_SHELLS, metavar="SHELL", help=words)
    commands = parser.add_subparsers(
        title="commands", dest="command_name", required=True, metavar="COMMAND", parser_class=_Parser
    )
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, formatter_class=raw)
        if name in names:
            module = importlib.import_module(f"execbench.cli.{name.replace('-', '_')}")
            command.description, command.epilog = module.DESCRIPTION, getattr(module, "EPILOG", None)
            command.set_defaults(command=module.run)
            module.add_arguments(command)
    return parser, commands.choices


def _version(*, verbose: bool) -> str:
    if not verbose:
        return f"execbench {__version__}"
    from execbench.cli.about import about

    return about()
