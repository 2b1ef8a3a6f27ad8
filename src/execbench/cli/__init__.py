"""`execbench` on the command line: one module for each command, and the only package that prints.

Only the command that runs is imported, so that `execbench --help` answers at once.
"""

import argparse
import importlib
import signal
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from execbench.cli.exit_codes import BAD_INPUT, BROKEN_PIPE, INTERRUPTED
from execbench.errors import BadInput
from execbench.report.escape import visible_lines
from execbench.version import __version__

_COMMANDS = {
    "list": "show backends and workloads, their options, and whether they work here",
    "run": "race workloads on backends",
    "report": "make a report of an artifact: one HTML file with charts, Markdown, or CSV",
    "compare": "compare artifacts: which trials are faster, slower, the same, or unclear",
    "check": "check that a backend does what every backend must, and see how it fails",
    "metg": "find the shortest tasks at which each backend still keeps its workers busy",
    "break-even": "find the task cost and the number of tasks from which each backend beats the serial loop",
}

_EPILOG = """\
examples:
  execbench list                    what can be raced here, and with which options
  execbench run -w cube             one workload on every backend
  execbench run --help              everything else about races
  execbench report a.json           all of it as one HTML file
  execbench compare a.json b.json   what changed between two runs
  execbench check pool              does it do what every backend must, and how does it fail
  execbench metg                    how short tasks may be
  execbench break-even              how long, and how many, they must be to beat the serial loop

exit codes: 0 fine; 1 a trial or a check failed, or a gate tripped; 2 bad input; 130 Ctrl-C"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message}\n{self.format_usage().strip()}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a cancelled CI job keeps its finished trials, too
    given = sys.argv[1:] if arguments is None else arguments
    try:
        parsed = _parser(given).parse_args(given)
        command: Callable[[argparse.Namespace], int] = parsed.command
        return command(parsed)
    except BadInput as error:
        print(f"execbench: {visible_lines(str(error))}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("execbench: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has gone, as `| head` does
        sys.stdout = None
        return BROKEN_PIPE


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = _Parser(
        prog="execbench",
        description="Race executor backends: every workload on every backend, every result checked.",
        epilog=_EPILOG,
        formatter_class=raw,
    )
    parser.add_argument("--version", action="version", version=f"execbench {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", parser_class=_Parser)
    for name, summary in _COMMANDS.items():
        command = commands.add_parser(name, help=summary, formatter_class=raw)
        if name in arguments:
            module = importlib.import_module(f"execbench.cli.{name.replace('-', '_')}")
            command.description, command.epilog = module.DESCRIPTION, getattr(module, "EPILOG", None)
            command.set_defaults(command=module.run)
            module.add_arguments(command)
    return parser
