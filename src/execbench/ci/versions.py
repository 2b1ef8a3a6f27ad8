"""The workloads of both sides: each side races its own version of a file, under the name that the head gives it.

A function in the repository itself would otherwise be the head's on both sides, and every change of it would be called
the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from execbench.lane.messages import TaskSource
from execbench.plugins.registry import Plugin


@dataclass(frozen=True)
class Versions:
    """The checkouts of both sides."""

    head: Path
    base: Path
    renamed: Mapping[str, str]
    """The files that the head calls otherwise, each with its name in the base; relative to the checkouts."""

    def in_base(self, plugin: Plugin) -> Plugin:
        """Return the base's version of a workload; the head's where the base has none."""
        module, folder = self._place(plugin.module, plugin.folder)
        return replace(plugin, module=module, folder=folder)

    def tasks_in_base(self, source: TaskSource | None) -> TaskSource | None:
        """Return the base's version of what makes the tasks; data files are the head's on both sides."""
        if source is None or source.module is None:
            return source
        module, folder = self._place(source.module, source.folder)
        return replace(source, module=module, folder=folder)

    def only_in_head(self, plugin: Plugin) -> str:
        """Return the file of a workload that the base does not have under any name; empty if it has, or needs none."""
        file = self.file_of(plugin.module, plugin.folder)
        missing = file and file not in self.renamed and not (self.base / file).exists()
        return file if missing else ""

    def differs(self, plugin: Plugin) -> bool:
        """Return whether a workload's own file is another one in the base."""
        file = self.file_of(plugin.module, plugin.folder)
        before = self.base / self.renamed.get(file, file)
        return bool(file) and before.is_file() and before.read_bytes() != (self.head / file).read_bytes()

    def file_of(self, module: str, folder: str | None) -> str:
        """Return a module's file in the head, relative to the checkout; empty where it is not in there."""
        within = self._within(folder)
        if within is None:
            return ""
        stem = Path(within, *module.split("."))
        files = (stem.with_name(f"{stem.name}.py"), stem / "__init__.py")
        return next((file.as_posix() for file in files if (self.head / file).is_file()), "")

    def _place(self, module: str, folder: str | None) -> tuple[str, str | None]:
        within = self._within(folder)
        if within is None:
            return module, folder
        file = self.file_of(module, folder)
        if file in self.renamed:
            before = self.base / self.renamed[file]
            return before.stem, str(before.parent)
        if file and not (self.base / file).exists():
            return module, folder
        return module, str(self.base / within)

    def _within(self, folder: str | None) -> Path | None:
        """Return a folder relative to the head's checkout; None where it is not in there."""
        if folder is None or not Path(folder).resolve().is_relative_to(self.head.resolve()):
            return None
        return Path(folder).resolve().relative_to(self.head.resolve())
