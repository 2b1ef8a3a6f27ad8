"""Live progress on a terminal, a line for each launch in a log; always on standard error."""

import sys
from typing import Self

from rich.console import Console
from rich.markup import escape

from execbench.report.escape import visible


class Progress:
    """Says what is happening; on a terminal in one line that changes."""

    def __init__(self) -> None:
        self._console = Console(file=sys.stderr, highlight=False)
        spinner = "line" if self._console.options.ascii_only else "dots"
        self._status = self._console.status("", spinner=spinner)
        self._last = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.pause()

    def step(self, text: str) -> None:
        """Show what is happening; in a log, only the part before the first comma, once."""
        if self._console.is_terminal:
            self._status.update(escape(visible(text)))
            self._status.start()
        elif (headline := text.partition(", ")[0]) != self._last:
            self._last = headline
            self.say(headline)

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self._console.print(visible(text), markup=False, soft_wrap=True)

    def pause(self) -> None:
        """Clear the line that changes, so that something else can be printed."""
        self._status.stop()
