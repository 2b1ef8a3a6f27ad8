"""Where plugins are: from the name that a user gives to the module and attribute that a lane imports.

Finding a plugin imports nothing. A name is looked up in this order:

1. an entry point in the group `execbench.backends` or `execbench.workloads`, or a module of a package that one names;
2. `path/to/file.py`, or `path/to/file.py:attribute`;
3. `module:attribute`.
"""

import difflib
import os
import pkgutil
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import metadata
from importlib.machinery import ModuleSpec
from itertools import accumulate, chain
from pathlib import Path
from typing import Any, Literal, Self

from execbench.errors import BadInput
from execbench.lane.functions import is_literal
from execbench.lane.messages import Place, TaskSource

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
    """A backend or workload, and where it is imported from."""

    kind: Kind
    name: str
    module: str
    attribute: str
    folder: str | None = None
    """The folder of the module, if it is not on Python's own path."""
    distribution: str | None = None
    """The installed distribution that offers it."""
    tasks: TaskSource | None = None
    """The tasks of a function that is raced as it is."""
    pickle: str | None = None
    """The file that holds it, where it comes by value."""

    @property
    def is_function(self) -> bool:
        """Whether it is a function that is raced as it is."""
        return self.kind == "workload" and (self.tasks is not None or self.pickle is not None)

    @property
    def place(self) -> Place:
        """What a lane needs to import it."""
        return Place(self.kind, self.name, self.module, self.attribute, self.folder, self.tasks, self.pickle)

    def with_tasks(self, source: TaskSource) -> Self:
        """Return a workload whose function is called with these tasks; it is named as the function."""
        name = self.name if self.attribute == self.kind else self.attribute.rpartition(".")[2]
        return replace(self, name=name, tasks=source)

    @property
    def origin(self) -> str:
        """Where the plugin comes from, for messages."""
        if self.pickle is not None:
            return "sent by value"
        place = f"{self.module}:{self.attribute}"
        if self.folder is not None:
            return f"{place} in {self.folder}"
        return f"{place} of {self.distribution}" if self.distribution else place


@dataclass(frozen=True)
class Reference:
    """A parsed `name[key=value,...]`; the values are still text."""

    name: str
    options: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse `name[key=value,...]`, with quotes around a value like 'a,b'; BadInput for any other form."""
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


def as_reference(name: str, options: Mapping[str, Any]) -> str:
    """Format a plugin's name and options so that `Reference.parse` can read them."""
    parts = [f"{key}={_as_value(value)}" for key, value in options.items()]
    return f"{name}[{','.join(parts)}]" if parts else name


def _as_value(value: Any) -> str:
    text = str(value).lower() if value is None or isinstance(value, bool) else str(value)
    if _PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


@cache
def catalogue(kind: Kind) -> dict[str, tuple[Plugin, ...]]:
    """Return all installed plugins of a kind, by name: several of one name if several distributions offer it."""
    by_name: dict[str, set[Plugin]] = {}
    for entry_point in metadata.entry_points(group=_GROUPS[kind]):
        for plugin in _offered_by(entry_point, kind):
            by_name.setdefault(plugin.name, set()).add(plugin)
    return {name: tuple(sorted(by_name[name], key=lambda plugin: plugin.origin)) for name in sorted(by_name)}


def find(kind: Kind, name: str) -> Plugin:
    """Find the plugin that a user named; BadInput if there is none, or if two distributions offer it."""
    known = catalogue(kind)
    if name in known:
        plugin, *others = known[name]
        if not others:
            return plugin
        raise BadInput(
            f"two distributions offer a {kind} named {name!r}: {' and '.join(each.origin for each in known[name])}. "
            f"Uninstall one, or name it as {plugin.module}:{plugin.attribute}"
        )
    if re.search(r"\.py(:[\w.]+)?$", name):
        return _in_file(kind, name)
    if re.fullmatch(r"[\w.]+:[\w.]+", name):
        module, _, attribute = name.partition(":")
        return Plugin(kind, name, module, attribute, folder=os.getcwd())
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {close[0]!r}? " if close else ""
    raise BadInput(
        f"no {kind} is named {name!r}. {hint}Known {kind}s: {', '.join(known) or 'none'}; "
        f"name any other as module:attribute or path/to/file.py"
    )


def find_tasks(text: str, *, star: bool) -> TaskSource:
    """Parse `--tasks`: a literal, a data file, `path/to/file.py:attribute` or `module:attribute`."""
    if is_literal(text):
        return TaskSource(text, star=star)
    if re.fullmatch(r".*\.py:[\w.]+|[\w.]+:[\w.]+", text):
        found = find("workload", text)
        return TaskSource(text, found.module, found.attribute, found.folder, star)
    if not Path(text).is_file():
        raise BadInput(
            f"--tasks {text}: there is no such file: give a list such as 'range(100)', a file, or file.py:name"
        )
    return TaskSource(os.path.abspath(text), star=star)


def _offered_by(entry_point: metadata.EntryPoint, kind: Kind) -> Iterator[Plugin]:
    """Yield the plugin that an entry point names, or a plugin for each public module of the package that it names."""
    distribution = entry_point.dist.name if entry_point.dist else None
    spec = None if entry_point.attr else find_spec(entry_point.module)
    if spec is None or spec.submodule_search_locations is None:
        attribute = entry_point.attr or kind
        yield Plugin(kind, entry_point.name, entry_point.module, attribute, distribution=distribution)
        return
    for module in pkgutil.iter_modules(spec.submodule_search_locations):
        if not module.name.startswith("_"):
            dotted = f"{entry_point.module}.{module.name}"
            yield Plugin(kind, module.name, dotted, kind, distribution=distribution)


def _in_file(kind: Kind, name: str) -> Plugin:
    text, _, attribute = name.rpartition(":") if not name.endswith(".py") else (name, "", kind)
    path = Path(text).absolute()
    if not path.is_file():
        raise BadInput(f"there is no file {text!r} to load a {kind} from")
    stem = path.stem
    if not stem.isidentifier():
        raise BadInput(f"{text!r} cannot be imported: {stem!r} is not a valid module name. Rename the file")
    for plugin in chain.from_iterable(catalogue(kind).values()):
        if _is_in_file(find_spec(plugin.module), path):
            return Plugin(kind, stem, plugin.module, attribute, distribution=plugin.distribution)
    other = find_spec(stem)
    if other is not None and not _is_in_file(other, path):
        raise BadInput(
            f"{text!r} would be imported as {stem!r}, but that is already {other.origin or 'another module'}. "
            f"Rename the file"
        )
    return Plugin(kind, stem, stem, attribute, folder=os.fspath(path.parent))


def _is_in_file(spec: ModuleSpec | None, path: Path) -> bool:
    return bool(spec and spec.origin and os.path.exists(spec.origin) and path.samefile(spec.origin))


def find_spec(dotted: str) -> ModuleSpec | None:
    """Find a module's spec; unlike `importlib.util.find_spec`, import none of the packages above it."""
    path: list[str] | None = None
    spec: ModuleSpec | None = None
    for name in accumulate(dotted.split("."), "{}.{}".format):  # a, a.b, a.b.c
        spec = next(filter(None, (finder.find_spec(name, path) for finder in sys.meta_path)), None)
        if spec is None:
            return None
        path = list(spec.submodule_search_locations or ())
    return spec
