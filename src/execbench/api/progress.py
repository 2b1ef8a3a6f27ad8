"""Live progress: on a terminal or in a notebook one line that changes, in a log a line for each launch."""

import sys
from typing import Any, Self

from rich.console import Console
from rich.markup import escape

from execbench.report.escape import visible


class Progress:
    """Says what is happening on standard error; on a terminal in one line that changes."""

    def __init__(self) -> None:
        self._console = Console(file=sys.stderr, force_jupyter=False, highlight=False)
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


class _InNotebook(Progress):
    """Shows one line below the cell, which is cleared at the end."""

    def __init__(self) -> None:
        super().__init__()
        self._line: Any = None

    def step(self, text: str) -> None:
        self._show(visible(text))

    def pause(self) -> None:
        if self._line is not None:
            self._show("")

    def _show(self, text: str) -> None:
        from IPython.display import display  # noqa: PLC0415 -- only a notebook has it

        content = {"text/plain": text}
        if self._line is None:
            self._line = display(content, raw=True, display_id=True)
        else:
            self._line.update(content, raw=True)


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
