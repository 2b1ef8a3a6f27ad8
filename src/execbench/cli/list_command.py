"""`execbench list`: what can be raced here."""

from __future__ import annotations

import argparse
import shutil
import sys
from typing import Any

from execbench.cli.exit_codes import FINE


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "list",
        help="show backends and workloads, their options, and whether they work here",
        description="Show every installed backend and workload in a line each: what it is, its options, and whether "
        "it works here. They are imported in other processes than this one, those of one distribution together.",
    )
    parser.set_defaults(command=run)


def run(_: argparse.Namespace) -> int:
    """Describe and print the catalogue."""
    from execbench.lane.describing import describe_catalogue
    from execbench.lane.process import Nursery
    from execbench.report.listing import LOG_WIDTH, listing

    with Nursery() as nursery:
        described = {kind: describe_catalogue(nursery, kind) for kind in ("backend", "workload")}
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if terminal else LOG_WIDTH
    print(listing(described, colour=terminal, width=width), end="")
    return FINE
