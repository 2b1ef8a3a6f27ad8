"""How a program makes the tasks of a workload: the code for each thing that `--tasks` takes."""

from __future__ import annotations

import ast
import importlib.util
import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from execbench.lane.functions import is_literal
from execbench.lane.loading import load_attribute
from execbench.lane.messages import Expect, Place, TaskSource
from execbench.lane.naming import arguments, quoted
from execbench.lane.preparing import loaded
from execbench.protocol import Workload


@dataclass(frozen=True)
class TaskCode:
    """Statements that assign to `tasks`, and the imports that they need."""

    code: str
    imports: tuple[str, ...] = ()

    def first(self, size: int) -> TaskCode:
        """Return code that makes only the first tasks."""
        return TaskCode(f"{self.code}[:{size}]", self.imports)


def task_code(work: Expect) -> TaskCode:
    """Return how a program makes these tasks.

    In the code, `given` stands for the workload, and `source` for what the place of its tasks has. It is empty where
    the tasks came by value or were recorded, as the user's program has them.
    """
    source = work.workload.tasks
    if work.workload.pickle is not None or (source is not None and source.recorded is not None):
        return TaskCode("")
    if source is None:
        return TaskCode(f"tasks = list(given.tasks({arguments(work.size, **work.workload_options)}))")
    if source.module is not None:
        named = load_attribute(Place("tasks", source.text, source.module, source.attribute or "", source.folder))
        if _takes_size(named):
            return TaskCode(_sized(named, work))
        code = TaskCode(f"tasks = list(source{'()' if callable(named) else ''})")
    else:
        code = _literal(source) if is_literal(source.text) else _file(Path(source.text))
    return code.first(work.size) if work.size < loaded(work.workload).size else code


def _takes_size(named: Any) -> bool:
    return isinstance(named, Workload) or (callable(named) and "size" in inspect.signature(named).parameters)


def _sized(named: Any, work: Expect) -> str:
    call = "source.tasks" if isinstance(named, Workload) else "source"
    return f"tasks = list({call}({arguments(work.size, **work.workload_options)}))"


def _literal(source: TaskSource) -> TaskCode:
    """Return a list or a range as the user wrote it, in one line; the members of a set or a dict in a list."""
    text = source.text.strip()
    if "#" in text or not text.isprintable():
        text = ast.unparse(ast.parse(text, mode="eval"))
    return TaskCode(f"tasks = list({text})" if text.startswith("{") else f"tasks = {text}")


def _file(path: Path) -> TaskCode:
    """Return how to read a file, as its name says: a line, a row or an item each."""
    kind = path.suffix.lower()
    if kind == ".parquet" and importlib.util.find_spec("pandas") is None:
        kind = "polars"
    code, *imports = _READING[kind]
    return TaskCode(code.format(quoted(str(path))), tuple(imports))


_READING = {
    ".txt": ('tasks = Path({}).read_text(encoding="utf-8").splitlines()', "from pathlib import Path"),
    ".json": (
        'tasks = json.loads(Path({}).read_text(encoding="utf-8"))',
        "import json",
        "from pathlib import Path",
    ),
    ".jsonl": (
        'tasks = [json.loads(line) for line in Path({}).read_text(encoding="utf-8").splitlines()]',
        "import json",
        "from pathlib import Path",
    ),
    ".csv": (
        'with open({}, encoding="utf-8", newline="") as file:\n    tasks = list(csv.DictReader(file))',
        "import csv",
    ),
    ".npy": ("tasks = list(numpy.load({}))", "import numpy"),
    ".parquet": ('tasks = pandas.read_parquet({}).to_dict("records")', "import pandas"),
    "polars": ("tasks = polars.read_parquet({}).to_dicts()", "import polars"),
}
"""The statements and their imports, by the end of the file's name, as `functions` reads them."""
