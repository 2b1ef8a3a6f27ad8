"""What a plugin is and takes: asked of processes that import them, as the parent never does.

Plugins of one distribution share a process, and what they import, as they would in a program; any other has its own.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

from execbench.errors import BadInput
from execbench.lane.loading import A_BACKEND_IS
from execbench.lane.process import LaneFailure, LaneProcess, Nursery
from execbench.registry import Kind, Plugin, Reference, catalogue, find

_IMPORT_SECONDS = 60.0
_EXIT_SECONDS = 2.0


@dataclass(frozen=True)
class Description:
    """A plugin with the options that a user chose, under one interpreter."""

    plugin: Plugin
    summary: str = ""
    takes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What each option allows, and its default, as text."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Every option with its value."""
    changed: Mapping[str, Any] = field(default_factory=dict)
    """The options whose value is not the default."""
    size: int | None = None
    """A workload's default number of tasks."""
    unavailable: str | None = None
    """Why it cannot work here, and the command that mends it."""
    broken: str | None = None
    """What is wrong with the plugin, with file and line."""

    @property
    def title(self) -> str:
        """The name with its changed options, as a user would write it."""
        options = ",".join(f"{key}={_as_written(value)}" for key, value in self.changed.items())
        return f"{self.plugin.name}[{options}]" if options else self.plugin.name


def describe(
    nursery: Nursery, choices: Sequence[tuple[Plugin, Reference]], python: str = sys.executable
) -> list[Description]:
    """Describe each plugin with the options of its reference, a few at a time.

    Raises:
        BadInput: an option is wrong, or the interpreter cannot run lanes.
    """
    at_once = os.cpu_count() or 1
    with ThreadPoolExecutor(at_once) as threads:
        shares = _shares(choices, at_once)
        futures = [threads.submit(_describe_share, nursery, [choices[n] for n in share], python) for share in shares]
        described = {
            number: description
            for share, future in zip(shares, futures, strict=True)
            for number, description in zip(share, future.result(), strict=True)
        }
    return [described[number] for number in range(len(choices))]


def describe_catalogue(nursery: Nursery, kind: Kind) -> list[Description]:
    """Describe every installed plugin of a kind; a name that two distributions offer is described as broken."""
    known = catalogue(kind)
    single = [(plugins[0], Reference(name)) for name, plugins in known.items() if len(plugins) == 1]
    doubled = [
        Description(plugins[0], broken=f"two distributions offer it: {' and '.join(p.origin for p in plugins)}")
        for plugins in known.values()
        if len(plugins) > 1
    ]
    return sorted(describe(nursery, single) + doubled, key=lambda entry: entry.plugin.name)


def usable(description: Description) -> Description:
    """Return a description that was asked for by name.

    Raises:
        BadInput: the plugin is unavailable or broken.
    """
    plugin = description.plugin
    if description.broken:
        hint = f"; {A_BACKEND_IS}" if plugin.kind == "backend" else ""
        raise BadInput(f"the {plugin.kind} {plugin.name!r} ({plugin.origin}) is broken: {description.broken}{hint}")
    if description.unavailable:
        raise BadInput(f"the {plugin.kind} {plugin.name!r} is unavailable: {description.unavailable}")
    return description


def chosen(kind: Kind, texts: Sequence[str]) -> list[tuple[Plugin, Reference]]:
    """Find the plugins that a user wrote as `name[key=value,...]`.

    Raises:
        BadInput: one is unknown or badly written.
    """
    references = [Reference.parse(text) for text in texts]
    return [(find(kind, reference.name), reference) for reference in references]


def _shares(choices: Sequence[tuple[Plugin, Reference]], at_once: int) -> list[list[int]]:
    """Tell which choices, by number, are described by the same process: neighbours, as they often import alike."""
    shares: list[list[int]] = []
    together: dict[str, list[int]] = {}
    for number, (plugin, _) in enumerate(choices):
        if plugin.distribution is None:
            shares.append([number])
        else:
            together.setdefault(plugin.distribution, []).append(number)
    for numbers in together.values():
        length = -(-len(numbers) // at_once)
        shares += [numbers[start : start + length] for start in range(0, len(numbers), length)]
    return shares


def _describe_share(nursery: Nursery, share: Sequence[tuple[Plugin, Reference]], python: str) -> list[Description]:
    """Describe one plugin after the other; those behind one that ends the process get another."""
    described: list[Description] = []
    while len(described) < len(share):
        with nursery.lane(python) as lane:
            lane.greet()
            try:
                for plugin, reference in share[len(described) :]:
                    described.append(_describe(lane, plugin, reference))
            except LaneFailure as failure:
                plugin, _ = share[len(described)]
                described.append(Description(plugin, broken=f"importing it: {failure.reason}"))
            else:
                lane.dismiss()  # some libraries leave shared memory behind if they are killed once they are imported
                lane.wait_for_exit(_EXIT_SECONDS)
    return described


def _describe(lane: LaneProcess, plugin: Plugin, reference: Reference) -> Description:
    answer = lane.ask(
        "describe", limit=_IMPORT_SECONDS, plugin=dataclasses.asdict(plugin), options=dict(reference.options)
    )
    if "wrong_option" in answer:
        raise BadInput(answer["wrong_option"])
    if "unavailable" in answer:
        reason = _mend(plugin, answer["unavailable"]) if answer["missing"] else answer["unavailable"]
        return Description(plugin, unavailable=reason)
    return Description(plugin, **answer)


def _mend(plugin: Plugin, library: str) -> str:
    """Say which command installs the missing library: an extra of the plugin's distribution, or the library itself."""
    extras: set[str] = set()
    if plugin.distribution:
        extras = set(metadata.metadata(plugin.distribution).get_all("Provides-Extra") or ())
    for extra in (plugin.name, library):
        if extra in extras:
            return f"{library} is not installed: pip install '{plugin.distribution}[{extra}]'"
    return f"{library} is not installed: pip install {library}"


def _as_written(value: Any) -> str:
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)
