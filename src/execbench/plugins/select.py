"""From what a user asked for to the trials that run: plugins found, described and crossed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from execbench.environment import usable_cpus
from execbench.errors import BadInput
from execbench.lane.messages import TaskSource
from execbench.lane.modes import Mode
from execbench.plugins.baseline import BASELINE
from execbench.plugins.describe import Chosen, Description, chosen, describe, installed, usable
from execbench.plugins.registry import Kind, Plugin, catalogue, find_tasks
from execbench.plugins.trial import Choice, ChunkSize, Trial
from execbench.supervisor.lane import Nursery
from execbench.supervisor.python import OWN, Python, parse_pythons


@dataclass(frozen=True)
class Request:
    """The matrix that a user asked for; an empty field means all of them, or the default."""

    backends: Sequence[str | Plugin] = ()
    workloads: Sequence[str | Plugin | Chosen] = ()
    max_workers: Sequence[int] = ()
    sizes: Sequence[int] = ()
    chunksizes: Sequence[ChunkSize] = ()
    pythons: Sequence[Python] = ()
    tasks: TaskSource | None = None
    """What the functions among the workloads are called with."""
    mode: Mode = "map"
    """How executors are given the tasks."""


@dataclass(frozen=True)
class Selection:
    """The trials of a run, and what was left out of it, with the reasons."""

    trials: Sequence[Trial]
    left_out: Sequence[str]


def select(nursery: Nursery, request: Request) -> Selection:
    """Find, describe and cross what a user asked for, under each interpreter.

    Raises:
        BadInput: a name, an option or an interpreter cannot be used, or nothing is left to run.
    """
    trials: list[Trial] = []
    left_out: list[str] = []
    named = {"backend": bool(request.backends), "workload": bool(request.workloads)}
    workloads = _with_tasks(_wanted("workload", request.workloads, left_out), request)
    wanted = [*_wanted("backend", request.backends, left_out), *workloads]
    for python in request.pythons or (OWN,):
        described = describe(nursery, wanted, python)
        working = [entry for entry in described if _works(entry, named[entry.plugin.kind], left_out)]
        _refuse_namesakes(working)
        trials += {trial.id: trial for trial in _cross(working, request, python)}.values()
    if not trials:
        raise BadInput("nothing is left to run: " + ("; ".join(left_out) or "no backend or no workload is installed"))
    return Selection(trials, left_out)


def _wanted(kind: Kind, names: Sequence[str | Plugin | Chosen], left_out: list[str]) -> list[Chosen]:
    """Find the plugins that a user named, and the baseline; all installed ones if none are named."""
    if not names:
        single, doubled = installed(kind)
        left_out += [f"the {kind} {entry.plugin.name}: {entry.broken}" for entry in doubled]
        return single
    wanted = chosen(kind, names)
    if kind == "backend" and BASELINE in catalogue(kind) and all(plugin.name != BASELINE for plugin, _ in wanted):
        return [*chosen(kind, [BASELINE]), *wanted]
    return wanted


def _with_tasks(workloads: list[Chosen], request: Request) -> list[Chosen]:
    source = request.tasks
    if source is None:
        return workloads
    if not request.workloads:
        raise BadInput("--tasks needs a function to call: name it as file.py:function or module:function")
    return [(plugin.with_tasks(source), reference) for plugin, reference in workloads]


def _works(entry: Description, named: bool, left_out: list[str]) -> bool:
    """Return whether a plugin works; one that does not is an error if the user named it, and left out otherwise."""
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


def _cross(described: Sequence[Description], request: Request, python: Python) -> Iterator[Trial]:
    """Cross workloads with backends and the axes; the baseline varies neither max_workers nor the chunk size."""
    choices = [
        (Choice(entry.plugin, entry.options, entry.title, entry.library, entry.takes), entry.size or 1)
        for entry in described
    ]
    workloads = [(choice, size) for choice, size in choices if choice.plugin.kind == "workload"]
    backends = [choice for choice, _ in choices if choice.plugin.kind == "backend"]
    axes = list(product(request.max_workers or (usable_cpus(),), request.chunksizes or ("fair",)))
    for workload, default_size in workloads:
        for size, backend in product(request.sizes or (default_size,), backends):
            trial = Trial(workload, backend, size, default_size, python=python, mode=request.mode)
            if trial.is_baseline:
                yield trial
            else:
                yield from (replace(trial, max_workers=workers, chunksize=chunk) for workers, chunk in axes)


def parse_request(  # noqa: PLR0913 -- one for each axis
    backends: Sequence[str],
    workloads: Sequence[str],
    *,
    max_workers: str | None,
    sizes: str | None,
    chunksizes: str,
    pythons: Sequence[str],
    tasks: str | None = None,
    star: bool = False,
    mode: Mode = "map",
) -> Request:
    """Parse what a user gave on a command line; BadInput names the option and what is wrong with it."""
    return Request(
        backends=backends,
        workloads=workloads,
        max_workers=parse_counts("--max-workers", max_workers) if max_workers is not None else (),
        sizes=parse_counts("--size", sizes) if sizes is not None else (),
        chunksizes=tuple(_parse_chunksize(part.strip()) for part in chunksizes.split(",")),
        pythons=parse_pythons(pythons),
        tasks=parse_tasks(tasks, star=star),
        mode=mode,
    )


def parse_tasks(tasks: str | None, *, star: bool) -> TaskSource | None:
    """Parse `--tasks` and `--star`; BadInput for one that cannot be used, or `--star` alone."""
    if star and tasks is None:
        raise BadInput("--star needs --tasks: it says how they are passed to the function")
    return None if tasks is None else find_tasks(tasks, star=star)


def parse_counts(option: str, text: str) -> tuple[int, ...]:
    """Parse numbers that are separated by commas; BadInput, which names the option, for anything else."""
    parts = text.split(",")
    if not all(part.strip().isdecimal() and int(part) > 0 for part in parts):
        raise BadInput(f"{option} {text}: give whole numbers above 0, separated by commas")
    return tuple(int(part) for part in parts)


def _parse_chunksize(text: str) -> ChunkSize:
    match text:
        case "fair" | "library":
            return text
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise BadInput(f"--chunksize {text}: give fair, library, or a whole number above 0")
