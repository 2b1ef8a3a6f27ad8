"""Live progress on a terminal, a line for each launch in a log; always on standard error."""

import sys
from collections.abc import Iterable
from typing import Self

from rich.console import Console
from rich.markup import escape

from execbench.report.escape import visible


class Progress:
    """Says what is being done now; rich draws it in one line that changes."""

    def __init__(self) -> None:
        self._console = Console(file=sys.stderr, highlight=False)
        self._status = self._console.status("")
        self._last = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.pause()

    def step(self, text: str) -> None:
        """Show what is being done; in a log only what stands before the first comma, once."""
        if self._console.is_terminal:
            self._status.update(escape(visible(text)))
            self._status.start()
        elif (headline := text.partition(", ")[0]) != self._last:
            self._last = headline
            self.say(headline)

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self._console.print(visible(text), markup=False, soft_wrap=True)

    def say_left_out(self, reasons: Iterable[str]) -> None:
        """Say what was left out of a run."""
        for reason in reasons:
            self.say(f"left out: {reason}")

    def pause(self) -> None:
        """Clear the line that changes, as something is printed now."""
        self._status.stop()
