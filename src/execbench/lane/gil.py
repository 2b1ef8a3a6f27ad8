"""The global interpreter lock of a free-threaded build: whether it is really off, and which module turned it on."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Optional

Look = tuple[int, bool, Optional[str]]
"""A process id, whether its lock is on, and the module that turned it on, as far as its warning was kept."""

_WARNING = re.compile(r"The global interpreter lock \(GIL\) has been enabled to load module '([^']+)'")


@dataclass(frozen=True)
class Gil:
    """The global interpreter lock, once the rounds were over."""

    free_threaded: bool = False
    """Whether the interpreter is a free-threaded build; in any other, the lock is always on."""
    wanted: bool = True
    """The lock was on from the start, as it is if an option asks for it."""
    lane: bool = True
    """Whether it is on in the lane."""
    workers: bool | None = True
    """Whether it is on in a worker that is a process of its own, or in the lane; None if that could not be seen."""
    module: str | None = None
    """The extension module that turned it on, as far as that could be seen."""


def is_on() -> bool:
    """Return whether the lock is on."""
    return getattr(sys, "_is_gil_enabled", lambda: True)()


def look(_: Any) -> Look:
    """Look at the lock in whatever process this is called in."""
    return os.getpid(), is_on(), _who_turned_it_on()


def look_everywhere(mapping: Callable[..., Iterable[Look]], tasks: int, *, wanted: bool, **chunking: int) -> Gil:
    """Look at the lock here, and with an executor's `map` in as many tasks as a round has; `wanted` as in `Gil`."""
    if not is_free_threaded():
        return Gil()
    try:
        looks = list(mapping(look, range(tasks), **chunking))
        workers = any(on for _, on, _ in looks)
    except BaseException:  # whatever stands in its way, the trial has been measured
        looks, workers = [], None
    here = look(None)
    module = next((module for _, on, module in [here, *looks] if on and module), None)
    return Gil(True, wanted, here[1], workers, module)


def is_free_threaded() -> bool:
    """Return whether this interpreter was built so that it can run without the lock."""
    if not hasattr(sys, "_is_gil_enabled"):
        return False
    import sysconfig  # noqa: PLC0415 -- it reads how Python was built, which takes a while

    return bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def _who_turned_it_on() -> str | None:
    """Return the module that Python warned of: it notes each warning that was shown, to show it once."""
    for module in list(sys.modules.values()):
        for key in list(getattr(module, "__dict__", {}).get("__warningregistry__", ())):
            found = isinstance(key, tuple) and _WARNING.match(str(key[0]))
            if found:
                return found[1]
    return None
