"""What a program gives for a function and its tasks, as a plugin that lanes can load.

`asked` is the function of the interface that was called, for messages.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from execbench.errors import BadInput
from execbench.lane.functions import check_signature, tasks_from
from execbench.lane.loading import Broken
from execbench.lane.messages import TaskSource
from execbench.plugins.by_value import name_of, plugin_of
from execbench.plugins.registry import Plugin
from execbench.plugins.select import parse_tasks
from execbench.protocol import Workload


def named_tasks(asked: str, tasks: Any, star: bool) -> TaskSource | None:
    """Parse the tasks of a function that is given by name."""
    if tasks is not None and not isinstance(tasks, str):
        raise BadInput(f"{asked}: the function is given by name, so give the tasks as for --tasks, too")
    return parse_tasks(tasks, star=star)


def workload_of(asked: str, fn: Any, tasks: Any, star: bool, folder: Path) -> Plugin:
    """Make a workload of a function and its tasks, or give a workload other tasks."""
    if isinstance(fn, Workload):
        make, size = (fn.tasks, fn.size) if tasks is None else _tasks_of(asked, tasks)
        return plugin_of("workload", replace(fn, tasks=make, size=size, star=star or fn.star), fn.fn, folder)
    if not callable(fn):
        raise BadInput(f"{asked}: {fn!r} is neither a function nor a workload")
    if tasks is None:
        raise BadInput(f"{asked}: give the tasks, as in {asked}(fn, range(100))")
    if not star:
        with _refusing(asked):
            check_signature(fn, name_of(fn))
    make, size = _tasks_of(asked, tasks)
    return plugin_of("workload", Workload(fn=fn, tasks=make, size=size, star=star), fn, folder)


def _tasks_of(asked: str, tasks: Any) -> tuple[Callable[..., Iterable[Any]], int]:
    with _refusing(asked):
        return tasks_from(tasks, "tasks")


@contextmanager
def _refusing(asked: str) -> Iterator[None]:
    """Raise BadInput for what a lane would call broken."""
    try:
        yield
    except Broken as error:
        raise BadInput(f"{asked}: {error}") from None
