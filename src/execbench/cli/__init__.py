"""`execbench` on the command line: one module for each command, and the only package that prints.

Each command imports what it needs when it runs, so that `execbench --help` answers at once.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from execbench.cli import break_even, check, compare, metg, report, run
from execbench.cli import list as list_command
from execbench.cli.exit_codes import BAD_INPUT, BROKEN_PIPE, INTERRUPTED
from execbench.errors import BadInput
from execbench.report.escape import visible_lines
from execbench.version import __version__

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
    try:
        parsed = _parser().parse_args(arguments)
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


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="execbench",
        description="Race executor backends: every workload on every backend, every result checked.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"execbench {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", parser_class=_Parser)
    for module in (list_command, run, report, compare, check, metg, break_even):
        module.add_to(commands)
    return parser
