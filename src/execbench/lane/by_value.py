"""Functions and tasks that come by value: those of a notebook, a script or a closure, which no lane can import.

The parent pickles them with cloudpickle. Here, they are what they would be in the user's program: what belongs to its
main module is found in this one's, so that workers that are forked get it by name, as they would from a notebook.
"""

from __future__ import annotations

import json
import multiprocessing
import pickle
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from execbench.lane.judging import in_a_line
from execbench.lane.loading import Broken, Missing, look_in

ADVICE = "move the function to a module, or use joblib, loky or dask, which send it by value"


def unpickle(path: str) -> Any:
    """Return what a file holds; raise Missing or Broken where that cannot be done here.

    The file begins with a line of JSON: the Python version that wrote it, and the folders that modules are in.
    """
    with open(path, "rb") as file:
        heading = json.loads(file.readline())
        here = list(sys.version_info[:2])
        if heading["python"] != here:
            versions = " and ".join(".".join(map(str, version)) for version in (heading["python"], here))
            raise Broken(f"it is sent by value, which needs the same Python at both ends, and these are {versions}")
        for folder in heading["folders"]:
            look_in(folder)
        try:
            members, value = pickle.load(file)
        except ModuleNotFoundError as error:
            raise Missing(str(error.name)) from error
        except Exception as error:
            raise Broken(f"it cannot be unpickled: {type(error).__name__}: {error}") from error
    for name, given in members.items():
        hold(name, given)
    return value


def hold(module: str, members: Mapping[str, Any]) -> None:
    """Let workers that are forked find members of a module that no lane can import."""
    _GIVEN.setdefault(module, {}).update(members)
    _module(module).__class__ = _Holder


def advice_on(error: BaseException, fn: Callable[[Any], Any]) -> str | None:
    """Say what helps if a worker could not get a function that came by value; None for other errors."""
    said = str(error)
    is_about_pickles = (
        isinstance(error, pickle.PicklingError) or "pickle" in said or any(name in said for name in _GIVEN)
    )
    if is_about_pickles and not _can_be_imported(fn):
        how = "a worker that was not forked cannot import" if _workers_are_not_forked() else "this backend cannot send"
        return f"{how} a function of a notebook, a script or a closure: {ADVICE} ({in_a_line(error)})"
    return None


def _can_be_imported(fn: Callable[[Any], Any]) -> bool:
    try:
        pickled = pickle.dumps(fn)
    except Exception:
        return False
    return not any(name.encode() in pickled for name in _GIVEN)


def _module(name: str) -> ModuleType:
    """Return a module that cannot be imported here, or an empty one with its name."""
    for end in (place for place in range(1, len(name) + 1) if name[place : place + 1] in ("", ".")):
        if name[:end] not in sys.modules:
            empty = ModuleType(name[:end])
            empty.__path__ = []
            sys.modules[name[:end]] = empty
    return sys.modules[name]


_GIVEN: dict[str, dict[str, Any]] = {}
"""What came by value, by module and name."""


class _Holder(ModuleType):
    """A module that has what the user's own has."""

    def __getattr__(self, name: str) -> Any:
        """Find what came by value; the pools of the standard library hang where their workers find nothing."""
        given = _GIVEN.get(self.__name__, {})
        askers = _askers()
        is_sent_by_value = any(asker.endswith("cloudpickle") for asker in askers)
        is_out_of_reach = "multiprocessing.reduction" in askers and _workers_are_not_forked()
        if name not in given or is_sent_by_value or is_out_of_reach:
            raise AttributeError(name)
        return given[name]


def _workers_are_not_forked() -> bool:
    """Return whether `multiprocessing` has started workers that have their own main module."""
    usual = multiprocessing.get_start_method()
    methods = {getattr(worker, "_start_method", None) or usual for worker in multiprocessing.active_children()}
    return not methods <= {"fork"}


def _askers() -> list[str]:
    """Return the names of the modules that look for something: pickle may do so for cloudpickle."""
    frame, names = sys._getframe(2), []
    for _ in range(2):
        names.append(str(frame.f_globals.get("__name__")))
        if frame.f_back is None:
            break
        frame = frame.f_back
    return names
