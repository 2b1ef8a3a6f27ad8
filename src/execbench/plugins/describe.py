"""What a plugin is and takes: asked of processes that import them, as the parent never does.

Plugins of one distribution share a process, and what they import, as they would in a program; any other has its own.
"""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

from execbench.errors import BadInput
from execbench.lane.loading import BACKEND_USAGE
from execbench.lane.messages import Describe, Described, LaneFailure
from execbench.plugins.registry import Kind, Plugin, Reference, catalogue, find, written
from execbench.supervisor.lane import LaneProcess, Nursery

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
        return written(self.plugin.name, self.changed)


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
    single, doubled = by_distribution(kind)
    return sorted([*describe(nursery, single), *doubled], key=lambda entry: entry.plugin.name)


def by_distribution(kind: Kind) -> tuple[list[tuple[Plugin, Reference]], list[Description]]:
    """Return the plugins that one distribution offers, and why those cannot be used that two offer by one name."""
    known = catalogue(kind)
    single = [(plugins[0], Reference(name)) for name, plugins in known.items() if len(plugins) == 1]
    doubled = [
        Description(plugins[0], broken=f"two distributions offer it: {' and '.join(p.origin for p in plugins)}")
        for plugins in known.values()
        if len(plugins) > 1
    ]
    return single, doubled


def usable(description: Description) -> Description:
    """Return a description that was asked for by name.

    Raises:
        BadInput: the plugin is unavailable or broken.
    """
    plugin = description.plugin
    there = "" if description.python == sys.executable else f" under {description.python}"
    if description.broken:
        hint = f"; {BACKEND_USAGE}" if plugin.kind == "backend" else ""
        name = f"the {plugin.kind} {plugin.name!r} ({plugin.origin})"
        raise BadInput(f"{name} is broken{there}: {description.broken}{hint}")
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
    """Return which choices, by number, share a process: neighbours, as they often import alike."""
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
                    described.append(_describe(lane, plugin, reference, python))
            except LaneFailure as failure:
                plugin, _ = share[len(described)]
                described.append(Description(plugin, broken=f"importing it: {failure.reason}", python=python))
            else:
                lane.dismiss()  # some libraries leave shared memory behind if they are killed once they are imported
                lane.wait_for_exit(_EXIT_SECONDS)
    return described


def _describe(lane: LaneProcess, plugin: Plugin, reference: Reference, python: str) -> Description:
    answer = lane.ask(Describe(plugin.place, dict(reference.options)), Described, _IMPORT_SECONDS)
    if answer.wrong_option is not None:
        raise BadInput(answer.wrong_option)
    why = _why_unavailable(plugin, answer, python)
    return Description(
        plugin, answer.summary, answer.takes, answer.options, answer.changed, answer.size, why, answer.broken, python
    )


def _why_unavailable(plugin: Plugin, answer: Described, python: str) -> str | None:
    """Say why a plugin cannot work here; for a missing library, with the command that installs it."""
    library = answer.missing
    if library is None:
        return answer.unavailable
    extra = next((name for name in (plugin.name, library) if name in _extras(plugin)), None)
    if python != sys.executable:
        wanted = " ".join(_extras(plugin)[extra]) if extra else library
        return f"{library} is not installed in {python}: {python} -m pip install {wanted}"
    wanted = f"'{plugin.distribution}[{extra}]'" if extra else library
    return f"{library} is not installed: pip install {wanted}"


def _extras(plugin: Plugin) -> dict[str, list[str]]:
    """The extras of the plugin's distribution, each with the libraries that it brings."""
    if not plugin.distribution:
        return {}
    found = metadata.metadata(plugin.distribution)
    extras: dict[str, list[str]] = {name: [] for name in found.get_all("Provides-Extra") or ()}
    for requirement in metadata.requires(plugin.distribution) or ():
        library, _, condition = requirement.partition(";")
        name = re.search(r"""extra == ["']([\w.-]+)["']""", condition)
        if name and name[1] in extras:
            extras[name[1]].append(re.split(r"[<>=!~ \[(]", library.strip())[0])
    return extras
