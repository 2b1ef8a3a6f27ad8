"""Generate docs/execbench.1, the manual page, from the command line's own help: `python docs/manual.py`."""

from __future__ import annotations

from pathlib import Path

from argparse_manpage.manpage import Manpage

from execbench.cli import COMMANDS, parsers
from execbench.version import __version__

PAGE = Path(__file__).with_name("execbench.1")


def page() -> str:
    """Return the page."""
    parser, _ = parsers(COMMANDS)
    parser.man_short_description = "race executor backends"  # type: ignore[attr-defined]
    manual = Manpage(parser)
    manual.date = ""  # so that the page changes only with what it says
    manual.source, manual.manual = f"execbench {__version__}", "User Commands"
    return str(manual)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
