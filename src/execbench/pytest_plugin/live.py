"""Live progress of races under pytest: one line that changes, on a terminal only."""

import sys
import time
from contextlib import AbstractContextManager, nullcontext

import pytest

from execbench.api.progress import MIN_SECONDS
from execbench.report.escape import visible


class LiveLine:
    """A line of pytest's own terminal, below what it has printed."""

    def __init__(self, config: pytest.Config) -> None:
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        self._reporter: pytest.TerminalReporter | None = reporter if reporter is not None and reporter.isatty else None
        self._capture = config.pluginmanager.get_plugin("capturemanager")
        self._width = config.get_terminal_writer().fullwidth - 1
        self._changed = -MIN_SECONDS
        self._is_shown = False

    def step(self, text: str) -> None:
        """Show what is happening."""
        if self._reporter is None or time.monotonic() - self._changed < MIN_SECONDS:
            return
        line = visible(text)
        with self._uncaptured():
            if not self._is_shown:
                self._reporter.ensure_newline()
            self._reporter.rewrite(line if len(line) <= self._width else f"{line[: self._width - 3]}...", erase=True)
        self._is_shown, self._changed = True, time.monotonic()

    def say(self, text: str) -> None:
        """Print a line that stays, on a terminal or not."""
        self.clear()
        with self._uncaptured():
            sys.stderr.write(f"\nexecbench: {visible(text)}\n")
            sys.stderr.flush()

    def clear(self) -> None:
        """Remove the line."""
        if self._reporter is not None and self._is_shown:
            with self._uncaptured():
                self._reporter.rewrite("", erase=True)
                self._reporter.write("\r", flush=True)
        self._is_shown = False

    def _uncaptured(self) -> AbstractContextManager[object]:
        """What a test prints is captured; what we print is not."""
        return nullcontext() if self._capture is None else self._capture.global_and_fixture_disabled()
