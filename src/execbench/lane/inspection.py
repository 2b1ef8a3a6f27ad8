"""In the lane's process: what a plugin is, which options it takes, and what is wrong with it."""

from __future__ import annotations

import inspect
import pickle
import sys
from typing import Any

from execbench.lane import options as plugin_options
from execbench.lane.loading import Broken, line_of, load, where
from execbench.protocol import Unavailable, Workload


def describe(plugin: dict[str, Any], options: dict[str, str]) -> dict[str, Any]:
    """Import a plugin and answer what its `Description` holds, or `unavailable`, `broken` or `wrong_option`."""
    try:
        found = load(plugin)
        takes = _workload_parts(found) if plugin["kind"] == "workload" else _backend_parts(found, plugin)
        values = plugin_options.convert(plugin["name"], takes["callable"], options)
        options_taken = plugin_options.describe(takes["callable"])
    except Unavailable as error:
        return {"unavailable": str(error), "missing": isinstance(error.__cause__, ModuleNotFoundError)}
    except Broken as error:
        return {"broken": str(error)}
    except plugin_options.WrongOption as error:
        return {"wrong_option": str(error)}
    except Exception as error:  # an annotation that cannot be evaluated, a signature that raises
        return {"broken": f"{where(error)}{type(error).__name__}: {error}"}
    return {
        "summary": _summary(plugin, found),
        "takes": options_taken,
        "options": values["all"],
        "changed": values["changed"],
        "size": takes["size"],
    }


def _backend_parts(found: Any, plugin: dict[str, Any]) -> dict[str, Any]:
    if not callable(found):
        raise Broken(f"{line_of(found, plugin)}{found!r} is not callable")
    try:
        signature = inspect.signature(found)
    except ValueError:  # some callables of C have no signature to look at
        return {"callable": found, "size": None}
    try:
        signature.bind_partial(2)
    except TypeError:
        raise Broken(f"{line_of(found, plugin)}{found!r} takes no worker count") from None
    return {"callable": found, "size": None}


def _workload_parts(found: Any) -> dict[str, Any]:
    if not isinstance(found, Workload):
        raise Broken(f"{found!r} is not an execbench.Workload")
    if not (isinstance(found.size, int) and found.size > 0):
        raise Broken(f"its size is {found.size!r}; it is a whole number above 0")
    try:
        pickle.dumps(found.fn)
    except Exception as error:
        raise Broken(
            f"its function {getattr(found.fn, '__qualname__', found.fn)!r} cannot be imported by a worker ({error}): "
            f"define it with def at the top level of a module"
        ) from error
    return {"callable": found.tasks, "size": found.size}


def _summary(plugin: dict[str, Any], found: Any) -> str:
    """The first line of the module's docstring, where the module is the plugin's own, else of the object's."""
    own_module = plugin["attribute"] == plugin["kind"]
    text = (sys.modules[plugin["module"]].__doc__ if own_module else inspect.getdoc(found)) or ""
    return text.strip().partition("\n")[0]
