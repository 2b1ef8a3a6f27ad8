"""From what a user wrote to the trials that are run: found, described, crossed."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from execbench.environment import usable_cpus
from execbench.errors import BadInput
from execbench.plugins.describe import Description, by_distribution, chosen, describe, usable
from execbench.plugins.registry import Kind, Plugin, Reference, catalogue
from execbench.plugins.trial import BASELINE, Axes, Choice, ChunkSize, Python, Trial, matrix
from execbench.supervisor.lane import Nursery


@dataclass(frozen=True)
class Request:
    """The matrix as a user asked for it; what is empty means: all of them, or the default."""

    backends: Sequence[str] = ()
    workloads: Sequence[str] = ()
    max_workers: Sequence[int] = ()
    sizes: Sequence[int] = ()
    chunksizes: Sequence[ChunkSize] = ()
    pythons: Sequence[Python] = ()


@dataclass(frozen=True)
class Selection:
    """The trials of a run, and what was left out of it, with the reasons."""

    trials: Sequence[Trial]
    left_out: Sequence[str]


def select(nursery: Nursery, request: Request) -> Selection:
    """Find and describe what a user asked for, under each interpreter, and cross it.

    Raises:
        BadInput: a name, an option or an interpreter cannot be used, or nothing is left to run.
    """
    trials: list[Trial] = []
    left_out: list[str] = []
    named = {"backend": bool(request.backends), "workload": bool(request.workloads)}
    wanted = [*_wanted("backend", request.backends, left_out), *_wanted("workload", request.workloads, left_out)]
    for python in request.pythons or (Python(),):
        described = describe(nursery, wanted, python.path)
        working = [entry for entry in described if _works(entry, named[entry.plugin.kind], left_out)]
        _refuse_namesakes(working)
        trials += matrix(
            [(_choice(entry), entry.size or 1) for entry in working if entry.plugin.kind == "workload"],
            [_choice(entry) for entry in working if entry.plugin.kind == "backend"],
            Axes(
                max_workers=request.max_workers or (usable_cpus(),),
                sizes=request.sizes,
                chunksizes=request.chunksizes or ("fair",),
                pythons=(python,),
            ),
        )
    if not trials:
        raise BadInput("nothing is left to run: " + ("; ".join(left_out) or "no backend or no workload is installed"))
    return Selection(trials, left_out)


def _wanted(kind: Kind, names: Sequence[str], left_out: list[str]) -> list[tuple[Plugin, Reference]]:
    """Find the plugins that a user named, and the baseline; or all that are installed."""
    if not names:
        singles, doubled = by_distribution(kind)
        left_out += [f"the {kind} {entry.plugin.name}: {entry.broken}" for entry in doubled]
        return singles
    wanted = chosen(kind, names)
    if kind == "backend" and BASELINE in catalogue(kind) and all(plugin.name != BASELINE for plugin, _ in wanted):
        return [*chosen(kind, [BASELINE]), *wanted]
    return wanted


def _works(entry: Description, named: bool, left_out: list[str]) -> bool:
    """Pass over a plugin that does not work and that nobody named; one that was named is an error."""
    if entry.works or named:
        usable(entry)
        return True
    left_out.append(f"the {entry.plugin.kind} {entry.plugin.name}: {entry.unavailable or entry.broken}")
    return False


def _refuse_namesakes(described: Sequence[Description]) -> None:
    origins: dict[tuple[str, str], str] = {}
    for entry in described:
        origin = origins.setdefault((entry.plugin.kind, entry.title), entry.plugin.origin)
        if origin != entry.plugin.origin:
            raise BadInput(
                f"two {entry.plugin.kind}s are called {entry.title!r}: {origin} and {entry.plugin.origin}. "
                f"Rename the file, or name one of them as module:attribute"
            )


def _choice(entry: Description) -> Choice:
    return Choice(entry.plugin, entry.options, entry.title)


def parse_python(text: str) -> Python:
    """Read `[NAME=]PATH`; without a name, the file's name is used.

    Raises:
        BadInput: there is no such program, or the name cannot be part of a trial's name.
    """
    name, equals, path = text.partition("=")
    if not equals:
        name, path = "", text
    found = shutil.which(path)
    if found is None:
        raise BadInput(f"--python {text}: there is no program {path!r}")
    name = name or Path(found).name
    if not re.fullmatch(r"[\w.+-]+", name):
        raise BadInput(f"--python {text}: {name!r} is not a name: give letters, digits, and any of ._+-")
    return Python(found, name)


def parse_counts(option: str, text: str) -> tuple[int, ...]:
    """Read whole numbers above 0, separated by commas.

    Raises:
        BadInput: something else stands there.
    """
    parts = text.split(",")
    if not all(part.strip().isdecimal() and int(part) > 0 for part in parts):
        raise BadInput(f"{option} {text}: give whole numbers above 0, separated by commas")
    return tuple(int(part) for part in parts)


def parse_chunksizes(text: str) -> tuple[ChunkSize, ...]:
    """Read chunk sizes, separated by commas: numbers above 0, `fair` or `library`.

    Raises:
        BadInput: something else stands there.
    """
    return tuple(_chunksize(part.strip()) for part in text.split(","))


def _chunksize(text: str) -> ChunkSize:
    if text == "fair":
        return "fair"
    if text == "library":
        return "library"
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise BadInput(f"--chunksize {text}: give fair, library, or a whole number above 0")
