"""`execbench list`: what can race here."""

import argparse

from execbench.cli import arguments, output
from execbench.plugins.describe import describe_catalogue
from execbench.plugins.registry import Kind
from execbench.report.listing import listing_document
from execbench.supervisor.lane import Nursery

DESCRIPTION = """\
Show every installed backend and workload: what it is, its options, and whether it works here. Plugins are imported in
separate processes, grouped by distribution."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    arguments.add_output(parser)


def run(parsed: argparse.Namespace) -> int:
    """Describe and print the catalogue."""
    output.check(parsed.report)
    kinds: tuple[Kind, ...] = ("backend", "workload")
    with Nursery(adopts=True) as nursery:
        document = listing_document({kind: describe_catalogue(nursery, kind) for kind in kinds})
    return output.show_and_save(document, parsed)
