"""Plugins that are objects of the user's program rather than names: sent to lanes by value, in a file."""

import json
import os
import shutil
import sys
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any, BinaryIO

import cloudpickle

from execbench.errors import BadInput
from execbench.plugins.registry import Kind, Plugin, find_spec

_MAIN = "__main__"


def plugin_of(kind: Kind, value: Any, named: Callable[..., Any], folder: Path) -> Plugin:
    """Write a plugin to a file in a folder for lanes to read, and return it under the name of a callable.

    Raises:
        BadInput: it cannot be pickled, even by value.
    """
    name = name_of(named)
    folder.mkdir(exist_ok=True)
    path = folder / f"{kind}-{len(list(folder.iterdir()))}"
    heading = {"python": list(sys.version_info[:2]), "folders": [*_own_folders(), _folder_of_cloudpickle(folder)]}
    try:
        with path.open("wb") as file, _modules_by_value(named) as modules:
            file.write(json.dumps(heading).encode() + b"\n")
            _dump_with_members(value, file, modules)
    except Exception as error:
        raise BadInput(f"{name} cannot be sent to another process: {type(error).__name__}: {error}") from error
    return Plugin(kind, name, module="", attribute="", pickle=os.fspath(path))


def backends_of(wanted: Sequence[str | Callable[..., Any]], folder: Path) -> list[str | Plugin]:
    """Return backends that are given by name as they are, and write the callables to files in a folder, as above."""
    return [each if isinstance(each, str) else plugin_of("backend", each, each, folder) for each in wanted]


def name_of(named: Callable[..., Any]) -> str:
    """Return a name for a callable: its own, that of the function in a partial, or that of its class."""
    while isinstance(named, partial):
        named = named.func
    name = getattr(named, "__name__", None) or type(named).__name__
    return "lambda" if name == "<lambda>" else str(name)


def _dump_with_members(value: Any, file: BinaryIO, modules: Sequence[str]) -> None:
    """Write a pair: what belongs to these modules, by module and name, and the value, with the same objects in both.

    Workers find what they get by name in the first part, as they do in the modules of the user's program.
    """
    with open(os.devnull, "wb") as nowhere:
        scout = _Scout(nowhere, modules)
        scout.dump(value)
    cloudpickle.Pickler(file).dump((scout.members, value))


class _Scout(cloudpickle.Pickler):  # type: ignore[misc]
    """Notes the functions and classes of some modules that it comes across."""

    def __init__(self, file: BinaryIO, modules: Sequence[str]) -> None:
        super().__init__(file)
        self.members: dict[str, dict[str, Any]] = {name: {} for name in modules}

    def reducer_override(self, obj: Any) -> Any:
        """Pickle one object as usual."""
        if isinstance(obj, (type, FunctionType)) and obj.__module__ in self.members:
            name = str(obj.__qualname__)
            if getattr(sys.modules[obj.__module__], name, None) is obj:
                self.members[obj.__module__][name] = obj
        return super().reducer_override(obj)


@contextmanager
def _modules_by_value(named: Callable[..., Any]) -> Iterator[Sequence[str]]:
    """Yield the modules that travel by value: the main one, and that of a function which no lane could import.

    A module of tests is such a one, where pytest imports it from a folder that is not on Python's path.
    """
    name = getattr(named, "__module__", None) or _MAIN
    module = sys.modules.get(name)
    if module is None or name == _MAIN or find_spec(name) is not None:
        yield [_MAIN]
        return
    cloudpickle.register_pickle_by_value(module)
    try:
        yield [_MAIN, name]
    finally:
        cloudpickle.unregister_pickle_by_value(module)


def _own_folders() -> list[str]:
    """Return the folders of modules that a new interpreter would not look in."""
    usual = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    folders = [os.path.abspath(folder) for folder in sys.path]
    return [folder for folder in dict.fromkeys(folders) if folder not in usual and os.path.isdir(folder)]


def _folder_of_cloudpickle(folder: Path) -> str:
    """Return a folder that holds cloudpickle, and nothing else that is installed beside it."""
    copy = folder / "path" / "cloudpickle"
    if not copy.exists():
        shutil.copytree(Path(cloudpickle.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return os.fspath(copy.parent)
