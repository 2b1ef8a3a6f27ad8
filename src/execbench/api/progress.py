"""Live progress: on a terminal or in a notebook one line that changes, in a log a line for each launch.

Nothing is drawn in the background, where it would take CPU time from what is being measured.
"""

import sys
import time
from typing import Any, Self

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from execbench.report.document import Document
from execbench.report.escape import visible
from execbench.report.render.terminal import as_text

MIN_SECONDS = 0.1
"""Between two drawings: more would only take time."""


class Progress:
    """Says what is happening on standard error; on a terminal in one line that changes, below what is known so far."""

    def __init__(self) -> None:
        self._console = Console(file=sys.stderr, force_jupyter=False, highlight=False)
        self._live = Live(console=self._console, transient=True, auto_refresh=False)
        self._known = Text()
        self._drawn = -MIN_SECONDS
        self._last = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.pause()

    def step(self, text: str) -> None:
        """Show what is happening; in a log, only the part before the first comma, once."""
        if self._console.is_terminal:
            self._live.start()
            if time.monotonic() - self._drawn > MIN_SECONDS:
                self._live.update(Group(*filter(None, (self._known, Text(visible(text))))), refresh=True)
                self._drawn = time.monotonic()
        elif not self._last.startswith(headline := text.partition(", ")[0]):
            self._last = headline
            self.say(headline)

    def show(self, document: Document) -> None:
        """Show what is known so far, above the line that changes; nothing in a log."""
        if self._console.is_terminal:
            self._known = Text.from_ansi(as_text(document, colour=True, width=self._console.width))

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self._console.print(visible(text), markup=False, soft_wrap=True)

    def pause(self) -> None:
        """Clear what changes, so that something else can be printed."""
        self._live.update("")
        self._live.stop()
        self._known = Text()


class _InNotebook(Progress):
    """Shows one line below the cell, which is cleared at the end."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: Any = None

    def step(self, text: str) -> None:
        self._show_line(visible(text))

    def show(self, document: Document) -> None:
        pass

    def pause(self) -> None:
        if self._shown is not None:
            self._show_line("")

    def _show_line(self, text: str) -> None:
        from IPython.display import display  # noqa: PLC0415 -- only a notebook has it

        content = {"text/plain": text}
        if self._shown is None:
            self._shown = display(content, raw=True, display_id=True)
        else:
            self._shown.update(content, raw=True)


class _Silent(Progress):
    """Says only what stays: a program's log is not ours."""

    def step(self, text: str) -> None:
        pass


def of_program() -> Progress:
    """Return what suits a program that calls us: silent, unless somebody is watching."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None and getattr(shell, "kernel", None) is not None:
        return _InNotebook()
    return Progress() if sys.stderr.isatty() else _Silent()
