"""The trials of both sides: what the user asked for, each side with its own version of the workloads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from execbench.ci.places import Place, place_of
from execbench.ci.records import Change, clipped
from execbench.ci.repository import Repository
from execbench.ci.versions import Versions
from execbench.errors import BadInput
from execbench.plugins.describe import Chosen, chosen
from execbench.plugins.registry import Plugin
from execbench.plugins.select import Request, select
from execbench.plugins.trial import Trial
from execbench.supervisor.lane import Nursery
from execbench.supervisor.python import Python

BASE, HEAD = "base", "head"


@dataclass
class BothSides:
    """The trials that both sides can race."""

    trials: list[Trial] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    """Where the function of each workload is, by the workload's title."""
    broken: list[Change] = field(default_factory=list)
    """Workloads that only the base can race."""
    notes: list[str] = field(default_factory=list)
    """What is not compared, or otherwise than it seems."""

    @property
    def pairs(self) -> int:
        """How many trials are judged."""
        return sum(trial.python.name == HEAD for trial in self.trials)


def select_both(
    nursery: Nursery, request: Request, pythons: Mapping[str, str], versions: Versions, repository: Repository
) -> BothSides:
    """Find what both sides can race; BadInput for what neither can.

    Args:
        nursery: of the lanes that look at the plugins.
        request: what to race.
        pythons: the interpreter of each side.
        versions: the checkouts of both sides.
        repository: that of the head.
    """
    both, files = BothSides(), repository.files()
    sides = {side: Python(path, side) for side, path in pythons.items()}
    for plugin, reference in chosen("workload", request.workloads):
        workload = plugin if request.tasks is None else plugin.with_tasks(request.tasks)
        place = place_of(workload, versions.file_of(plugin.module, plugin.folder), versions.head, files)
        missing = versions.only_in_head(plugin)
        if missing and place[0] == missing:  # then the base would race the head's function
            both.notes.append(f"{workload.name} is not compared, as the base has no {missing}.")
            continue
        before = (replace(versions.in_base(plugin), name=plugin.name), reference)
        base, unfit = _trials_of(nursery, _of_base(request, before, sides[BASE], versions))
        after = replace(request, workloads=[(plugin, reference)], pythons=[sides[HEAD]])
        head, broken = _trials_of(nursery, after)
        if broken and unfit:
            raise broken
        if broken:
            both.broken.append(Change(clipped(workload.name), "failed", None, *place, note=clipped(str(broken))))
            continue
        if unfit:
            both.notes.append(clipped(f"{workload.name} is not compared, as the base cannot race it: {unfit}"))
            continue
        both.trials += [*base, *head]
        both.notes += _remarks(versions, plugin)
        both.places |= {trial.workload.title: place for trial in head}
    return both


def _trials_of(nursery: Nursery, request: Request) -> tuple[Sequence[Trial], BadInput | None]:
    """Return the trials of one side, or why there are none."""
    try:
        return select(nursery, request).trials, None
    except BadInput as error:
        return [], error


def _of_base(request: Request, workload: Chosen, python: Python, versions: Versions) -> Request:
    return replace(request, workloads=[workload], tasks=versions.tasks_in_base(request.tasks), pythons=[python])


def _remarks(versions: Versions, plugin: Plugin) -> Sequence[str]:
    """Say where a side does not race its own version, or where the workload itself has changed."""
    if file := versions.only_in_head(plugin):
        return [f"The base has no {file}: both sides raced the head's."]
    if versions.differs(plugin):
        file = versions.file_of(plugin.module, plugin.folder)
        return [f"{file} itself has changed, and each side raced its own version of it."]
    return []
