"""The program that advice prints: complete, as a good engineer would write it by hand, and ready to run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

from execbench.advice.imports import Imports
from execbench.environment import THREAD_VARIABLES
from execbench.lane.naming import names_in, quoted, replaced
from execbench.lane.questions import Written
from execbench.plugins.registry import Plugin

_STAND_INS = {"fn", "given", "source"}
"""The names in `Written` that stand for others."""

_OWN_NAMES = {"executor", "main", "name", "number", "os", "results", "sys", "task", "tasks"}
"""What programs call things."""

_THREADS = """\
# Each worker would start as many threads for BLAS or OpenMP as there are CPUs; set before the libraries are imported.
for name in (
{names}
):
    os.environ[name] = "1"
"""

_GUARD = 'if __name__ == "__main__":'
_GUARD_FOR_WORKERS = f"# Worker processes import this file, too, and must not run what follows.\n{_GUARD}"


@dataclass(frozen=True)
class Program:
    """A program in its parts; `str` gives its text."""

    head: str
    """What stands before all definitions."""
    definitions: Sequence[str]
    tasks: str
    """Statements that make the tasks; empty where the user's program has them."""
    call: str
    """The last statement, which assigns to `results`."""
    guard: str
    """What keeps worker processes from running the last two; empty in a notebook."""
    folder: str | None
    """The folder that it is to be saved in."""

    def __str__(self) -> str:
        return self._text(self.tasks)

    def on(self, numbers: Sequence[int]) -> str:
        """Return the text of the same program for only the tasks of these numbers."""
        picked = f"tasks = [tasks[number] for number in {list(numbers)}]"
        return self._text("\n".join(filter(None, [self.tasks, picked])))

    def _text(self, tasks: str) -> str:
        last = "\n".join(filter(None, [tasks, self.call]))
        if self.guard:
            last = f"{self.guard}\n{indent(last, '    ')}"
        gap = "\n\n\n" if self.definitions else "\n\n"
        return gap.join(filter(None, [self.head, *self.definitions, last])) + "\n"


def program(plugin: Plugin, written: Written, *, limit_threads: bool = False, notebook: bool = False) -> Program:
    """Put a program together.

    Args:
        plugin: The workload.
        written: The parts that a lane found for it and for a backend.
        limit_threads: Let libraries start one thread in each worker.
        notebook: Make it for a cell of a notebook.
    """
    imports = _imports(written)
    tasks = _tasks(plugin, written, imports)
    function, definitions = _function(plugin, written, imports)
    statement = _statement(written, function, "results =")
    if not (notebook or plugin.pickle):
        definitions.append(f"def main(tasks):\n{indent(_statement(written, function, 'return'), '    ')}")
        statement = "results = main(tasks)"
    folders = list(dict.fromkeys(str(Path(home).parent) for home in written.homes.values()))
    head = [_settings(folders[1:], limit_threads=limit_threads), str(imports)]
    notes = _notes(plugin, written, definitions, folders) if notebook else _beside(written, folders)
    return Program(
        head="\n".join(filter(None, [*notes, "\n\n".join(filter(None, head))])),
        definitions=definitions,
        tasks=tasks,
        call=statement,
        guard="" if notebook else _GUARD if written.workers_get_fn == "shared" else _GUARD_FOR_WORKERS,
        folder=next(iter(folders), None),
    )


def _imports(written: Written) -> Imports:
    """Return the imports of the backend and the tasks; the names in their code are taken."""
    code = [written.results, written.opening, written.definitions, written.tasks, *written.imports]
    imports = Imports(_OWN_NAMES.union(*map(names_in, code)) - _STAND_INS, written.homes)
    for statement in written.imports:
        imports.add(statement)
    return imports


def _function(plugin: Plugin, written: Written, imports: Imports) -> tuple[str, list[str]]:
    """Return an expression for the function that is called with a task, and the definitions that come with it."""
    if plugin.pickle:
        function = written.function
    else:
        function = replaced(written.function, {"given": imports.bring(plugin.module, plugin.attribute)})
    helpers = []
    if written.star:
        call = imports.free("call")
        helpers.append(f"def {call}(task):\n    return {function}({written.star}task)")
        function = call
    if written.definitions:
        helpers.append(replaced(written.definitions, {"fn": function}).strip())
    return function, helpers


def _tasks(plugin: Plugin, written: Written, imports: Imports) -> str:
    used = names_in(written.tasks)
    names = {}
    if "given" in used:
        names["given"] = imports.bring(plugin.module, plugin.attribute)
    if "source" in used and plugin.tasks is not None:
        names["source"] = imports.bring(plugin.tasks.module or "", plugin.tasks.attribute or "")
    return replaced(written.tasks, names)


def _statement(written: Written, function: str, before: str) -> str:
    """Return the statement that calls the function with all tasks."""
    statement = f"{before} {replaced(written.results, {'fn': function})}"
    if not written.opening:
        return statement
    name = " as executor" if "executor" in names_in(written.results) else ""
    return f"with {written.opening}{name}:\n    {statement}"


def _settings(folders: Sequence[str], *, limit_threads: bool) -> str:
    """Return what must be done before anything is imported."""
    parts = []
    if limit_threads:
        parts.append(_THREADS.format(names="\n".join(f'    "{name}",' for name in THREAD_VARIABLES)))
    if folders:
        parts.append("\n".join(f"sys.path.append({quoted(folder)})" for folder in folders))
    needed = [*(["import os"] if limit_threads else []), *(["import sys"] if folders else [])]
    return "\n\n".join(part.strip() for part in ["\n".join(needed), *parts] if part)


def _beside(written: Written, folders: Sequence[str]) -> Iterator[str]:
    """Yield a comment that says where to save the program."""
    homes = [Path(home).name for home in written.homes.values() if str(Path(home).parent) == folders[0]]
    if homes:
        yield f"# Save this beside {' and '.join(homes)}."


def _notes(plugin: Plugin, written: Written, definitions: Sequence[str], folders: Sequence[str]) -> Iterator[str]:
    """Yield comments for a notebook: what it must find, and what workers cannot find in it."""
    if folders:
        yield from (note.replace("Save this beside", "For a notebook beside") for note in _beside(written, folders))
    own = [written.function] if plugin.pickle else []
    own += [name.split("(")[0].split()[-1] for name in definitions]
    if own and written.workers_get_fn == "by name":
        yield f"# Worker processes that are not forked import {' and '.join(own)}: move that to a module."
