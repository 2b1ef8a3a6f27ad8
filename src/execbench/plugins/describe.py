"""What plugins are and which options they take, as told by lanes that import them; the parent never does.

Plugins of one distribution share lanes, as one program would import them all; any other plugin has its own lane.
"""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib import metadata
from itertools import chain
from typing import Any, TypeAlias

from execbench.errors import BadInput
from execbench.lane.loading import BACKEND_USAGE
from execbench.lane.messages import Describe, Described, LaneFailure
from execbench.plugins.registry import Kind, Plugin, Reference, as_reference, catalogue, find
from execbench.supervisor.lane import LaneProcess, Nursery
from execbench.supervisor.python import OWN, Python

Chosen: TypeAlias = tuple[Plugin, Reference]
"""A plugin, and the options that a user gave it."""

_FEW = 4
"""Up to this many plugins of one distribution are described in one lane, as starting another takes longer."""

_IMPORT_SECONDS = 60.0


@dataclass(frozen=True)
class Description:
    """A plugin with its options, under one interpreter."""

    plugin: Plugin
    summary: str = ""
    takes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """For each option, what it allows and its default, as text."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """The value of every option."""
    changed: Mapping[str, Any] = field(default_factory=dict)
    """The options that have a non-default value."""
    size: int | None = None
    """A workload's default number of tasks."""
    library: str | None = None
    """The library that a backend uses; None for the standard library."""
    unavailable: str | None = None
    """Why it cannot work here, and the command that fixes it."""
    broken: str | None = None
    """What is wrong with the plugin, with file and line."""
    python: str = sys.executable

    @property
    def works(self) -> bool:
        """Whether it can be used here."""
        return self.unavailable is None and self.broken is None

    @property
    def title(self) -> str:
        """The name with its changed options, as a user would write it."""
        return as_reference(self.plugin.name, self.changed)


def describe(nursery: Nursery, choices: Sequence[Chosen], python: Python = OWN) -> list[Description]:
    """Describe plugins, several at a time; BadInput if an option is wrong or the interpreter cannot run lanes."""
    at_once = os.cpu_count() or 1
    shares = _shares(choices, at_once)
    with ThreadPoolExecutor(at_once) as threads:
        futures = [threads.submit(_describe_share, nursery, share, python) for share in shares]
        descriptions = chain.from_iterable(future.result() for future in futures)
        described = dict(zip(chain.from_iterable(shares), descriptions, strict=True))
    return [described[choice] for choice in choices]


def describe_catalogue(nursery: Nursery, kind: Kind) -> list[Description]:
    """Describe every installed plugin of a kind; one that two distributions offer is described as broken."""
    single, doubled = installed(kind)
    return sorted([*describe(nursery, single), *doubled], key=lambda entry: entry.plugin.name)


def installed(kind: Kind) -> tuple[list[Chosen], list[Description]]:
    """Return the installed plugins of a kind, and as broken descriptions those that two distributions offer."""
    known = catalogue(kind)
    single = [(plugins[0], Reference(name)) for name, plugins in known.items() if len(plugins) == 1]
    doubled = [
        Description(plugins[0], broken=f"two distributions offer it: {' and '.join(p.origin for p in plugins)}")
        for plugins in known.values()
        if len(plugins) > 1
    ]
    return single, doubled


def usable(description: Description) -> Description:
    """Return the description of a plugin that a user named; BadInput if it is unavailable or broken."""
    plugin = description.plugin
    name = f"the {plugin.kind} {plugin.name!r}"
    if description.broken:
        where = "" if description.python == sys.executable else f" under {description.python}"
        hint = f"; {BACKEND_USAGE}" if plugin.kind == "backend" else ""
        raise BadInput(f"{name} ({plugin.origin}) is broken{where}: {description.broken}{hint}")
    if description.unavailable:
        raise BadInput(f"{name} is unavailable: {description.unavailable}")
    return description


def chosen(kind: Kind, wanted: Sequence[str | Plugin | Chosen]) -> list[Chosen]:
    """Find the plugins that a user gave as `name[key=value,...]`; BadInput if one is unknown or malformed."""
    return [_chosen(kind, each) for each in wanted]


def _chosen(kind: Kind, wanted: str | Plugin | Chosen) -> Chosen:
    if isinstance(wanted, tuple):
        return wanted
    if isinstance(wanted, Plugin):
        return wanted, Reference(wanted.name)
    reference = Reference.parse(wanted)
    return find(kind, reference.name), reference


def _shares(choices: Sequence[Chosen], at_once: int) -> list[list[Chosen]]:
    """Return which plugins share a lane: neighbours, as they often import the same libraries."""
    groups: dict[str | int, list[Chosen]] = {}
    for number, (plugin, reference) in enumerate(choices):
        groups.setdefault(plugin.distribution or number, []).append((plugin, reference))
    shares: list[list[Chosen]] = []
    for group in groups.values():
        length = max(_FEW, -(-len(group) // at_once))
        shares += [group[start : start + length] for start in range(0, len(group), length)]
    return shares


def _describe_share(nursery: Nursery, share: Sequence[Chosen], python: Python) -> list[Description]:
    """Describe plugins one by one; if one ends the lane, the rest get another lane."""
    described: list[Description] = []
    while len(described) < len(share):
        with nursery.lane(python) as lane:
            lane.greet()
            try:
                for plugin, reference in share[len(described) :]:
                    described.append(_describe(lane, plugin, reference, python.path))
            except LaneFailure as failure:
                plugin, _ = share[len(described)]
                described.append(Description(plugin, broken=_said_of_import(failure), python=python.path))
    return described


def _said_of_import(failure: LaneFailure) -> str:
    hint = '; what starts processes, or waits, belongs below `if __name__ == "__main__":`'
    return f"importing it: {failure.reason}{hint if failure.status == 'hung' else ''}"


def _describe(lane: LaneProcess, plugin: Plugin, reference: Reference, python: str) -> Description:
    answer = lane.ask(Describe(plugin.place, dict(reference.options)), Described, _IMPORT_SECONDS)
    if answer.wrong_option is not None:
        raise BadInput(answer.wrong_option)
    why = _how_to_install(answer.missing, plugin, python) if answer.missing else answer.unavailable
    return Description(
        plugin,
        answer.summary,
        answer.takes,
        answer.options,
        answer.changed,
        answer.size,
        answer.library,
        why,
        answer.broken,
        python,
    )


def _how_to_install(library: str, plugin: Plugin, python: str) -> str:
    """Say that a plugin's library is not installed, and which command installs it."""
    extras = _extras(plugin)
    extra = next((name for name in (plugin.name, library) if name in extras), None)
    if python != sys.executable:
        wanted = " ".join(extras[extra]) if extra else library
        return f"{library} is not installed in {python}: {python} -m pip install {wanted}"
    wanted = f"'{plugin.distribution}[{extra}]'" if extra else library
    return f"{library} is not installed: pip install {wanted}"


def _extras(plugin: Plugin) -> dict[str, list[str]]:
    """Return the extras of the plugin's distribution, each with the libraries that it installs."""
    if not plugin.distribution:
        return {}
    provided = metadata.metadata(plugin.distribution).get_all("Provides-Extra") or ()
    extras: dict[str, list[str]] = {name: [] for name in provided}
    for requirement in metadata.requires(plugin.distribution) or ():
        library, _, condition = requirement.partition(";")
        name = re.search(r"""extra == ["']([\w.-]+)["']""", condition)
        if name and name[1] in extras:
            extras[name[1]].append(re.split(r"[<>=!~ \[(]", library.strip())[0])
    return extras
