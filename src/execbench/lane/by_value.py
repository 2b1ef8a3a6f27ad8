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
            of_main, value = pickle.load(file)
        except ModuleNotFoundError as error:
            raise Missing(str(error.name)) from error
        except Exception as error:
            raise Broken(f"it cannot be unpickled: {type(error).__name__}: {error}") from error
    _Main.given = {**_Main.given, **of_main}
    sys.modules["__main__"].__class__ = _Main
    return value


def advice_on(error: BaseException, fn: Callable[[Any], Any]) -> str | None:
    """Say what helps if a worker could not get a function that came by value; None for other errors."""
    said = str(error)
    is_about_pickles = isinstance(error, pickle.PicklingError) or "pickle" in said or "__main__" in said
    if is_about_pickles and not _can_be_imported(fn):
        how = "a worker that was not forked cannot import" if _workers_are_not_forked() else "this backend cannot send"
        return f"{how} a function of a notebook, a script or a closure: {ADVICE} ({in_a_line(error)})"
    return None


def _can_be_imported(fn: Callable[[Any], Any]) -> bool:
    try:
        return b"__main__" not in pickle.dumps(fn)
    except Exception:
        return False


class _Main(ModuleType):
    """The main module, which has what the user's own has."""

    given: Mapping[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        """Find what belongs to the user's main module; the pools of the standard library would hang without it."""
        if name in self.given and not (_workers_are_not_forked() and _is_for_their_pool()):
            return self.given[name]
        raise AttributeError(name)


def _workers_are_not_forked() -> bool:
    """Return whether `multiprocessing` has started workers that have their own main module."""
    usual = multiprocessing.get_start_method()
    methods = {getattr(worker, "_start_method", None) or usual for worker in multiprocessing.active_children()}
    return not methods <= {"fork"}


def _is_for_their_pool() -> bool:
    """Return whether the standard library is pickling a task; other libraries may pickle by value."""
    frame = sys._getframe(2)
    return frame.f_globals.get("__name__") == "multiprocessing.reduction"
