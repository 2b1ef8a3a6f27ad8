"""Tables to strings: with colour for a terminal, plain text for anything else."""

from __future__ import annotations

import io

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table

LOG_WIDTH = 150
"""Columns where there is no terminal to ask."""


def new_table(colour: bool) -> Table:
    """Return an empty table: with a rule under its heading on a terminal."""
    return Table(box=box.SIMPLE_HEAD if colour else None, pad_edge=False, header_style="bold")


def rendered(content: RenderableType, colour: bool, width: int) -> str:
    """Return what rich draws, without the blanks it ends its lines with."""
    output = io.StringIO()
    Console(
        file=output, width=width, force_terminal=colour, color_system="standard" if colour else None, highlight=False
    ).print(content)
    return "\n".join(line.rstrip() for line in output.getvalue().splitlines()) + "\n"
