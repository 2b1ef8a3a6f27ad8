"""Functions as they are, without a Workload: where their tasks come from, and how they are called."""

from __future__ import annotations

import ast
import csv
import inspect
import itertools
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from execbench.lane import recorded
from execbench.lane.loading import Broken, Missing, load_attribute, look_in, where
from execbench.lane.messages import Place, TaskSource
from execbench.lane.options import takes
from execbench.protocol import Workload

MAX_TASKS = 1_000_000
DEFAULT_SIZE = 100
"""Where a callable that makes the tasks takes a size, and has no default for it."""


def as_workload(named: Any, plugin: Place) -> Any:
    """Return the workload that a user named: a function with `--tasks`, or a Workload, whose tasks they replace."""
    source = plugin.tasks
    if source is None:
        if callable(named) and not isinstance(named, (type, Workload)):
            raise Broken(
                f"{plugin.attribute} is a function: give its tasks, as in --tasks 'range(100)', "
                f"--tasks {Path(plugin.module).name}.py:inputs or --tasks inputs.txt"
            )
        return named
    fn, star = (named.fn, named.star or source.star) if isinstance(named, Workload) else (named, source.star)
    if not callable(fn):
        raise Broken(f"{plugin.attribute} is {type(fn).__name__}, and not a function")
    if not star and not (isinstance(named, Workload) and named.shared):
        check_signature(fn, plugin.attribute)
    tasks, size = _tasks_of(source)
    if isinstance(named, Workload):
        return replace(named, tasks=tasks, size=size, star=star)
    return Workload(fn=fn, tasks=tasks, size=size, star=star)


def check_signature(fn: Callable[..., Any], name: str) -> None:
    """Raise Broken if a function does not take one argument."""
    if not takes(fn, 1):
        signature = inspect.signature(fn)
        raise Broken(
            f"{name}{signature} does not take one argument, the task: --star (in Python star=True) calls {name}(*task)"
        )


@cache
def _tasks_of(source: TaskSource) -> tuple[Callable[..., Iterable[Any]], int]:
    """Return the callable that makes the tasks, and the default number of them; once, as a generator runs once."""
    if source.recorded is not None:
        return _fixed(_calls(source), source.text)
    if source.module is None:
        values = _literal(source.text) if is_literal(source.text) else _read(Path(source.text))
        return _fixed(values, f"--tasks {source.text}")
    place = Place("tasks", source.text, source.module, source.attribute or "tasks", source.folder)
    return tasks_from(load_attribute(place), f"--tasks {source.text}")


def _calls(source: TaskSource) -> list[Any]:
    """Load the arguments of recorded calls: code runs for that, so execbench loads no file that a user names."""
    if source.folder is not None:
        look_in(source.folder)
    try:
        return recorded.tasks(str(source.recorded), source.module)
    except Exception as error:
        raise Broken(f"{source.text} cannot be loaded: {where(error)}{type(error).__name__}: {error}") from error


def tasks_from(named: Any, text: str) -> tuple[Callable[..., Iterable[Any]], int]:
    """Return the callable that makes the tasks, and their default number.

    Args:
        named: an iterable; a callable that returns one, without arguments or with `size`; or a workload, for its tasks.
        text: how the user gave it, for messages.

    Raises:
        Broken: it is none of these, or endless, or gives no tasks.
    """
    if isinstance(named, Workload):
        return named.tasks, named.size
    if not callable(named):
        return _fixed(named, text)
    parameters = inspect.signature(named).parameters
    if "size" not in parameters:
        return _fixed(named(), text)
    default = parameters["size"].default
    return named, default if isinstance(default, int) else DEFAULT_SIZE


def _fixed(values: Any, text: str) -> tuple[Callable[..., Iterable[Any]], int]:
    try:
        tasks = list(itertools.islice(values, MAX_TASKS + 1))
    except TypeError:
        raise Broken(f"{text}: {type(values).__name__} is not a list or another iterable") from None
    if not tasks:
        raise Broken(f"{text}: there are no tasks")
    if len(tasks) > MAX_TASKS:
        raise Broken(f"{text}: endless, or more than {MAX_TASKS:,} tasks")
    return partial(_first, tasks), len(tasks)


def _first(tasks: list[Any], size: int) -> list[Any]:
    if size > len(tasks):
        raise ValueError(f"there are only {len(tasks)} tasks")
    return tasks[:size]


def is_literal(text: str) -> bool:
    """Return whether a text is a list, a tuple or a range, rather than the name of a file or an attribute."""
    return text.lstrip().startswith(("[", "(", "{", "range("))


def _literal(text: str) -> Any:
    """Parse a list, a tuple, a set or a range of numbers; nothing is evaluated."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "range":
            return range(*map(ast.literal_eval, tree.args))
        return ast.literal_eval(text.strip())
    except (SyntaxError, TypeError, ValueError) as error:
        raise Broken(f"--tasks {text}: neither a list nor a range of plain values") from error


def _read(path: Path) -> Any:
    """Read tasks from a file, as its name says: a line, a row or an item each."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise Broken(f"--tasks {path}: cannot be read: use one of {', '.join(_READERS)}, or file.py:name")
    try:
        return reader(path)
    except OSError as error:
        raise Broken(f"--tasks {path}: {error.strerror}") from None
    except ModuleNotFoundError as error:
        raise Missing(str(error.name)) from error
    except ValueError as error:
        raise Broken(f"--tasks {path}: {error}") from None


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _json_lines(path: Path) -> list[Any]:
    return [_json_line(number, line) for number, line in enumerate(_lines(path), 1)]


def _json_line(number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise ValueError(f"line {number}: {error}") from None


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _arrays(path: Path) -> list[Any]:
    import numpy  # noqa: PLC0415 -- only who has such files has it

    return list(numpy.load(path, allow_pickle=False))


def _frame(path: Path) -> Any:
    try:
        import pandas  # noqa: PLC0415 -- as above
    except ImportError:
        import polars  # noqa: PLC0415 -- as above

        return polars.read_parquet(path).to_dicts()
    return pandas.read_parquet(path).to_dict("records")


_READERS: Mapping[str, Callable[[Path], Any]] = {
    ".txt": _lines,
    ".json": lambda path: json.loads(path.read_text(encoding="utf-8")),
    ".jsonl": _json_lines,
    ".csv": _rows,
    ".npy": _arrays,
    ".parquet": _frame,
}
