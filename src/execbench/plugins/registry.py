"""Where plugins are: from the name that a user writes to the module and attribute that a lane imports.

Naming plugins imports nothing. Three doors, in this order:

1. a name under the entry-point groups `execbench.backends` and `execbench.workloads`: a plugin, or a package
   whose modules each hold one;
2. `module:attribute`;
3. `path/to/file.py`, or `path/to/file.py:attribute`.
"""

import difflib
import os
import pkgutil
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any, Literal, Self

from execbench.errors import BadInput
from execbench.lane.messages import Place

Kind = Literal["backend", "workload"]

_GROUPS: dict[Kind, str] = {"backend": "execbench.backends", "workload": "execbench.workloads"}
_REFERENCE = re.compile(r"(?P<name>[^\[\]]+)(?:\[(?P<options>.*)\])?", re.DOTALL)
_OPTION = re.compile(
    r"\s*(?P<key>[^\s=,'\[\]]+)\s*=\s*(?:'(?P<quoted>(?:[^'\\]|\\.)*)'|(?P<plain>[^,'\[\]]*))\s*(?:,|$)", re.DOTALL
)
_PLAIN = re.compile(r"[^\s/,='\[\]\\]+")
"""An option's value that needs no quotes."""


@dataclass(frozen=True)
class Plugin:
    """One backend or workload, by the place it is imported from."""

    kind: Kind
    name: str
    module: str
    attribute: str
    folder: str | None = None
    """The folder that the module is found in, when it is not on Python's own path."""
    distribution: str | None = None
    """The installed distribution that offers it."""

    @property
    def place(self) -> Place:
        """What a lane is told of it."""
        return Place(self.kind, self.name, self.module, self.attribute, self.folder)

    @property
    def origin(self) -> str:
        """Say where the plugin comes from, for messages."""
        place = f"{self.module}:{self.attribute}"
        if self.folder is not None:
            return f"{place} in {self.folder}"
        return f"{place} of {self.distribution}" if self.distribution else place


@dataclass(frozen=True)
class Reference:
    """What a user wrote: `name[key=value,...]`, taken apart; the values are still text."""

    name: str
    options: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take `name[key=value,...]` apart; a value that holds a comma, a bracket or a quote stands in single quotes.

        Raises:
            BadInput: the text has another form.
        """
        match = _REFERENCE.fullmatch(text.strip())
        if match is None:
            raise BadInput(f"{text!r} is not of the form name or name[option=value,...]")
        options: dict[str, str] = {}
        rest = match["options"] or ""
        while rest.strip():
            option = _OPTION.match(rest)
            if option is None:
                raise BadInput(f"{text!r}: {rest.strip()!r} is not of the form option=value or option='value'")
            if option["key"] in options:
                raise BadInput(f"{text!r}: the option {option['key']!r} is given twice")
            quoted = option["quoted"]
            options[option["key"]] = option["plain"].strip() if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            rest = rest[option.end() :]
        return cls(match["name"].strip(), tuple(options.items()))


def written(name: str, options: Mapping[str, Any]) -> str:
    """Write a plugin with options as `Reference.parse` reads it."""
    parts = [f"{key}={_quoted(value)}" for key, value in options.items()]
    return f"{name}[{','.join(parts)}]" if parts else name


def _quoted(value: Any) -> str:
    text = str(value).lower() if value is None or isinstance(value, bool) else str(value)
    if _PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


@cache
def catalogue(kind: Kind) -> dict[str, tuple[Plugin, ...]]:
    """Name every installed plugin of a kind, importing none; a name that two distributions offer has two entries."""
    found: dict[str, set[Plugin]] = {}
    for entry_point in metadata.entry_points(group=_GROUPS[kind]):
        for plugin in _behind(kind, entry_point):
            found.setdefault(plugin.name, set()).add(plugin)
    return {name: tuple(sorted(found[name], key=lambda plugin: plugin.origin)) for name in sorted(found)}


def find(kind: Kind, name: str) -> Plugin:
    """Find the plugin that a user named.

    Raises:
        BadInput: nothing has that name, or two distributions have it.
    """
    known = catalogue(kind)
    if name in known:
        return _only(kind, name, known[name])
    if re.search(r"\.py(:\w+)?$", name):
        return _in_file(kind, name)
    if re.fullmatch(r"[\w.]+:[\w.]+", name):
        module, _, attribute = name.partition(":")
        return Plugin(kind, name, module, attribute, folder=os.getcwd())
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {close[0]!r}? " if close else ""
    raise BadInput(
        f"no {kind} is named {name!r}. {hint}The {kind}s here: {', '.join(known) or 'none'}; "
        f"module:attribute and path/to/file.py name others"
    )


def _only(kind: Kind, name: str, plugins: tuple[Plugin, ...]) -> Plugin:
    if len(plugins) > 1:
        origins = " and ".join(plugin.origin for plugin in plugins)
        raise BadInput(
            f"two distributions offer a {kind} named {name!r}: {origins}. "
            f"Uninstall one, or name it as {plugins[0].module}:{plugins[0].attribute}"
        )
    return plugins[0]


def _behind(kind: Kind, entry_point: metadata.EntryPoint) -> Iterator[Plugin]:
    distribution = entry_point.dist.name if entry_point.dist else None
    if entry_point.attr:
        yield Plugin(kind, entry_point.name, entry_point.module, entry_point.attr, distribution=distribution)
        return
    spec = find_spec(entry_point.module)
    if spec is None or spec.submodule_search_locations is None:
        yield Plugin(kind, entry_point.name, entry_point.module, kind, distribution=distribution)
        return
    for module in pkgutil.iter_modules(spec.submodule_search_locations):
        if not module.name.startswith("_"):
            dotted = f"{entry_point.module}.{module.name}"
            yield Plugin(kind, module.name, dotted, kind, distribution=distribution)


def _in_file(kind: Kind, name: str) -> Plugin:
    text, _, attribute = name.rpartition(":") if not name.endswith(".py") else (name, "", kind)
    path = Path(text).absolute()
    if not path.is_file():
        raise BadInput(f"there is no file {text!r} to take the {kind} from")
    stem = path.stem
    if not stem.isidentifier():
        raise BadInput(f"{text!r} cannot be imported: {stem!r} is not a Python name. Rename the file")
    for plugins in catalogue(kind).values():
        for plugin in plugins:
            spec = find_spec(plugin.module)
            if spec is not None and spec.origin is not None and _same_file(spec.origin, path):
                return Plugin(kind, stem, plugin.module, attribute, distribution=plugin.distribution)
    other = find_spec(stem)
    if other is not None and not (other.origin and _same_file(other.origin, path)):
        raise BadInput(
            f"{text!r} would be imported as {stem!r}, but that is already {other.origin or 'another module'}. "
            f"Rename the file"
        )
    return Plugin(kind, stem, stem, attribute, folder=os.fspath(path.parent))


def _same_file(one: str, other: Path) -> bool:
    return os.path.exists(one) and other.samefile(one)


def find_spec(dotted: str) -> ModuleSpec | None:
    """Find a module's spec without importing the packages above it, as `importlib.util.find_spec` would."""
    path: list[str] | None = None
    spec: ModuleSpec | None = None
    parts = dotted.split(".")
    for depth in range(1, len(parts) + 1):
        name = ".".join(parts[:depth])
        spec = next(filter(None, (finder.find_spec(name, path) for finder in sys.meta_path)), None)
        if spec is None:
            return None
        path = list(spec.submodule_search_locations or ())
    return spec
