"""What Python programs get: printed as text, and shown by notebooks as tables and charts."""

import importlib.util
import os
import shutil
import sys
from abc import ABC, abstractmethod
from pathlib import Path

from execbench.report import write
from execbench.report.document import Document
from execbench.report.render.markdown import as_markdown
from execbench.report.render.terminal import LOG_WIDTH, as_text


class Shown(ABC):
    """A result that has a report."""

    @abstractmethod
    def _document(self) -> Document:
        """Return the report."""

    def _brief(self, *, pictured: bool) -> Document:
        """Return what a terminal shows of the report, or with charts what a notebook does."""
        return self._document()

    def report(self, path: "str | os.PathLike[str]") -> None:
        """Write the report in the form that the file's name asks for: `.md`, `.csv`, or HTML.

        Args:
            path: the file.

        Raises:
            BadInput: it cannot be written, or the extra `report` is not installed.
        """
        write.check(Path(path))
        write.write(self._document(), Path(path))

    def __str__(self) -> str:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else LOG_WIDTH
        return as_text(self._brief(pictured=False), width=width).rstrip("\n")

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return as_markdown(self._brief(pictured=False))

    def _repr_html_(self) -> str | None:
        if any(importlib.util.find_spec(library) is None for library in write.NEEDED):
            return None  # notebooks then show Markdown
        from execbench.report.render.html import as_fragment  # noqa: PLC0415 -- its libraries are an extra

        return as_fragment(self._brief(pictured=True))
