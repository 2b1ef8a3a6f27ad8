"""Describe a plugin: what it is, which options it takes, and what is wrong with it."""

from __future__ import annotations

import inspect
import pickle
import sys
from collections.abc import Callable
from typing import Any

from execbench.lane import options as plugin_options
from execbench.lane.coroutines import is_async_generator_function
from execbench.lane.loading import Broken, Missing, line_of, where
from execbench.lane.messages import Described, Place
from execbench.lane.preparing import load, with_options
from execbench.protocol import Unavailable, Workload


def describe(plugin: Place, options: dict[str, str]) -> Described:
    """Import a plugin, and describe it or say why it cannot be used."""
    try:
        loaded = load(plugin)
        function, size = _workload(loaded) if plugin.kind == "workload" else (_backend(loaded, plugin), None)
        values = plugin_options.convert(plugin.name, function, options)
        if plugin.kind == "workload":
            _check_function(with_options(loaded, values.all), plugin)
        takes = plugin_options.describe(function)
    except Missing as error:
        return Described(missing=str(error))
    except Unavailable as error:
        return Described(unavailable=str(error))
    except Broken as error:
        return Described(broken=str(error))
    except plugin_options.WrongOption as error:
        return Described(wrong_option=str(error))
    except Exception as error:  # an annotation that cannot be evaluated, a signature that raises
        return Described(broken=f"{where(error)}{type(error).__name__}: {error}")
    library = _library(plugin) if plugin.kind == "backend" else None
    return Described(_summary(plugin, loaded), takes, values.all, values.changed, size, library)


def _library(plugin: Place) -> str | None:
    """Return the first library that a backend's module has something of, and that Python does not bring along."""
    module = sys.modules.get(plugin.module)
    own = {"execbench", "builtins", plugin.module.partition(".")[0]}
    for value in list(vars(module).values()) if module is not None else ():
        home = value.__name__ if inspect.ismodule(value) else getattr(value, "__module__", None)
        root = str(home or "builtins").partition(".")[0]
        if root not in own and not _is_of_python(root):
            return root
    return None


def _is_of_python(root: str) -> bool:
    """Return whether a module is one of the standard library; before Python 3.10, by its place."""
    names = getattr(sys, "stdlib_module_names", None)
    if names is not None:
        return root in names
    file = getattr(sys.modules.get(root), "__file__", None) or ""
    return "site-packages" not in file and "dist-packages" not in file


def _backend(loaded: Any, plugin: Place) -> Callable[..., Any]:
    """Return the callable that takes the options: the backend itself."""
    if not callable(loaded):
        raise Broken(f"{line_of(loaded, plugin)}{loaded!r} is not callable")
    backend: Callable[..., Any] = loaded
    try:
        signature = inspect.signature(backend)
    except ValueError:  # some callables written in C have no signature
        return backend
    try:
        signature.bind_partial(2)
    except TypeError:
        raise Broken(f"{line_of(backend, plugin)}{backend!r} takes no worker count") from None
    return backend


def _workload(loaded: Any) -> tuple[Callable[..., Any], int]:
    """Return the callable that takes the options, which makes the tasks, and the default size."""
    if not isinstance(loaded, Workload):
        raise Broken(f"{loaded!r} is not an execbench.Workload")
    if not (isinstance(loaded.size, int) and loaded.size > 0):
        raise Broken(f"its size is {loaded.size!r}; it must be a whole number above 0")
    if not (isinstance(loaded.tolerance, (int, float)) and 0 <= loaded.tolerance < 1):
        raise Broken(f"its tolerance is {loaded.tolerance!r}; it must be a number from 0 to below 1")
    if loaded.shared is not None and loaded.star:
        raise Broken("it has both shared and star: let its function take the task and the shared object")
    return loaded.tasks, loaded.size


def _check_function(workload: Workload, plugin: Place) -> None:
    fn = workload.fn
    name = getattr(fn, "__qualname__", fn)
    if workload.shared is not None and not plugin_options.takes(fn, 2):
        raise Broken(f"its function {name!r} does not take two arguments: the task, and the object from shared")
    if is_async_generator_function(fn):
        raise Broken(f"its function {name!r} is an async generator, an async def with yield: return a list instead")
    if plugin.tasks is not None or plugin.pickle is not None:  # some backends can send any function, others cannot
        return
    try:
        pickle.dumps(fn)
    except Exception as error:
        raise Broken(
            f"workers cannot import its function {name!r} ({error}): define it with def at the top level of a module, "
            f"or call it in a function that is"
        ) from error


def _summary(plugin: Place, loaded: Any) -> str:
    """Return the first line of the docstring: the module's if it holds nothing but the plugin, else the object's."""
    own_module = plugin.pickle is None and plugin.attribute == plugin.kind
    text = (sys.modules[plugin.module].__doc__ if own_module else inspect.getdoc(loaded)) or ""
    return text.strip().partition("\n")[0]
