"""`execbench list`: what can be raced here."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from execbench.cli import output
from execbench.cli.exit_codes import BAD_INPUT, FINE

if TYPE_CHECKING:
    from execbench.plugins.registry import Kind


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "list",
        help="show backends and workloads, their options, and whether they work here",
        description="Show every installed backend and workload: what it is, its options, and whether it works here. "
        "They are imported in separate processes, those of one distribution together.",
    )
    output.add_format(parser, json=False)
    output.add_report(parser)
    parser.set_defaults(command=run)


def run(parsed: argparse.Namespace) -> int:
    """Describe and print the catalogue."""
    from execbench.plugins.describe import describe_catalogue
    from execbench.report.listing import listing_document
    from execbench.supervisor.lane import Nursery

    output.check(parsed.report)
    kinds: tuple[Kind, ...] = ("backend", "workload")
    with Nursery() as nursery:
        document = listing_document({kind: describe_catalogue(nursery, kind) for kind in kinds})
    output.show(document, parsed.format)
    return FINE if output.save_report(document, parsed.report) else BAD_INPUT
