"""`execbench list`: what can be raced here."""

import argparse

from execbench.cli import output
from execbench.cli.exit_codes import BAD_INPUT, FINE
from execbench.plugins.describe import describe_catalogue
from execbench.plugins.registry import Kind
from execbench.report.listing import listing_document
from execbench.supervisor.lane import Nursery

DESCRIPTION = (
    "Show every installed backend and workload: what it is, its options, and whether it works here. "
    "They are imported in separate processes, those of one distribution together."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    output.add_format(parser, json=False)
    output.add_report(parser)


def run(parsed: argparse.Namespace) -> int:
    """Describe and print the catalogue."""
    output.check(parsed.report)
    kinds: tuple[Kind, ...] = ("backend", "workload")
    with Nursery() as nursery:
        document = listing_document({kind: describe_catalogue(nursery, kind) for kind in kinds})
    output.show(document, parsed.format)
    return FINE if output.save_report(document, parsed.report) else BAD_INPUT
