"""What a plugin is, which options it takes, and what is wrong with it."""

from __future__ import annotations

import inspect
import pickle
import sys
from collections.abc import Callable
from typing import Any

from execbench.lane import options as plugin_options
from execbench.lane.loading import Broken, Missing, line_of, load, where
from execbench.lane.messages import Described, NotDescribed, Place
from execbench.protocol import Unavailable, Workload


def describe(plugin: Place, options: dict[str, str]) -> Described | NotDescribed:
    """Import a plugin, and say what it is or why it cannot be used."""
    try:
        found = load(plugin)
        function, size = _workload(found) if plugin.kind == "workload" else (_backend(found, plugin), None)
        values = plugin_options.convert(plugin.name, function, options)
        takes = plugin_options.describe(function)
    except Missing as error:
        return NotDescribed(missing=str(error))
    except Unavailable as error:
        return NotDescribed(unavailable=str(error))
    except Broken as error:
        return NotDescribed(broken=str(error))
    except plugin_options.WrongOption as error:
        return NotDescribed(wrong_option=str(error))
    except Exception as error:  # an annotation that cannot be evaluated, a signature that raises
        return NotDescribed(broken=f"{where(error)}{type(error).__name__}: {error}")
    return Described(_summary(plugin, found), takes, values.all, values.changed, size)


def _backend(found: Any, plugin: Place) -> Callable[..., Any]:
    """Return the callable whose options a user chooses: the backend itself."""
    if not callable(found):
        raise Broken(f"{line_of(found, plugin)}{found!r} is not callable")
    function: Callable[..., Any] = found
    try:
        signature = inspect.signature(function)
    except ValueError:  # some callables of C have no signature to look at
        return function
    try:
        signature.bind_partial(2)
    except TypeError:
        raise Broken(f"{line_of(found, plugin)}{found!r} takes no worker count") from None
    return function


def _workload(found: Any) -> tuple[Callable[..., Any], int | None]:
    """Return the callable whose options a user chooses, which makes the tasks, and the default size."""
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
    return found.tasks, found.size


def _summary(plugin: Place, found: Any) -> str:
    """The first line of the module's docstring, where the module is the plugin's own, else of the object's."""
    own_module = plugin.attribute == plugin.kind
    text = (sys.modules[plugin.module].__doc__ if own_module else inspect.getdoc(found)) or ""
    return text.strip().partition("\n")[0]
