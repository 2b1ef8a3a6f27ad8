"""The program that advice prints: complete, as a good engineer would write it by hand, and ready to run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import indent

from execbench.advice.imports import Imports
from execbench.advice.keeping import Call, kept_call
from execbench.environment import THREAD_VARIABLES
from execbench.lane.naming import names_in, quoted, replaced
from execbench.lane.questions import Write, Written

_STAND_INS = {"fn", "given", "shared", "source"}
"""The names in `Written` that stand for others."""

_OWN_NAMES = {"attrgetter", "executor", "import_module", "main", "name", "os", "results", "sys", "task", "tasks"}
"""What programs call things."""

_THREADS = """\
# {reason}; set before the libraries are imported.
for name in (
{names}
):
    os.environ[name] = "1"
"""

_ONE_THREAD = "One thread for BLAS or OpenMP is enough here"
_ONE_THREAD_EACH = "Each worker would start as many threads for BLAS or OpenMP as there are CPUs"

_GUARD = 'if __name__ == "__main__":'
_GUARD_FOR_WORKERS = f"# Worker processes import this file, too, and must not run what follows.\n{_GUARD}"


@dataclass(frozen=True)
class Program:
    """A program in its parts; `str` gives its text."""

    asked: Write
    """The backend and the workload that it is for."""
    head: str
    """Comments, settings and imports."""
    definitions: Sequence[str]
    tasks: str
    """Statements that make the tasks, or a comment; empty where the user's program has them."""
    call: str
    """The last statements, of which the very last assigns to `results`."""
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


def program(asked: Write, written: Written, *, limit_threads: bool = False, notebook: bool = False) -> Program:
    """Put a program together.

    Args:
        asked: What a lane was asked.
        written: What it answered.
        limit_threads: Let libraries start one thread in each worker, or in the loop.
        notebook: Make it for a cell of a notebook.
    """
    imports = _imports(written)
    tasks = _tasks(asked, written, imports)
    call = _call(asked, written, imports)
    definitions = list(call.definitions)
    own_names = [asked.work.workload.name] if asked.work.workload.pickle else []
    notes = list(_notes([*own_names, *map(_name_of, definitions)], written)) if notebook else []
    statement = _statement(written, call, "results =")
    if not (notebook or asked.work.workload.pickle or asked.backend.pickle):
        definitions.append(f"def main(tasks):\n{indent(_statement(written, call, 'return'), '    ')}")
        statement = "results = main(tasks)"
    homes = {root: Path(home) for root, home in written.homes.items() if root in imports.roots}
    folders = list(dict.fromkeys(str(home.parent) for home in homes.values()))
    reason = _ONE_THREAD_EACH if asked.max_workers > 1 else _ONE_THREAD
    settings = _settings(folders[1:], reason if limit_threads else None)
    return Program(
        asked,
        head="\n".join(filter(None, [*_place(homes), *notes, "\n\n".join(filter(None, [settings, str(imports)]))])),
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


def _tasks(asked: Write, written: Written, imports: Imports) -> str:
    """Return the statements that make the tasks, or a comment where a script on its own would lack them."""
    workload, used, names = asked.work.workload, names_in(written.tasks), {}
    if not (written.tasks or workload.pickle):
        return "# Here, make `tasks` as your script does."
    if "given" in used:
        names["given"] = imports.bring(workload.module, workload.attribute)
    if "source" in used and workload.tasks is not None:
        names["source"] = imports.bring(workload.tasks.module or "", workload.tasks.attribute or "")
    return replaced(written.tasks, names)


def _call(asked: Write, written: Written, imports: Imports) -> Call:
    """Return an expression for the function that is called with a task, and the definitions that it needs."""
    workload, definitions = asked.work.workload, []
    if workload.pickle:
        function = imports.free(written.function)
        if function != written.function:
            definitions.append(f"{function} = {written.function}")
    else:
        function = replaced(written.function, {"given": imports.bring(workload.module, workload.attribute)})
    if asked.sent_once is not None:
        call = kept_call(asked.sent_once, written, function, imports)
    elif written.star:
        name = imports.free("call")
        call = Call(name, [f"def {name}(task):\n    return {function}({written.star}task)"])
    else:
        call = Call(function, [])
    if written.definitions:
        of_recipe = replaced(written.definitions, {"fn": call.function}).strip()
        call = replace(call, definitions=[*call.definitions, of_recipe])
    return replace(call, definitions=[*definitions, *call.definitions])


def _statement(written: Written, call: Call, before: str) -> str:
    """Return the statements that call the function with all tasks."""
    statement = f"{before} {replaced(written.results, {'fn': call.function, **call.names})}"
    if written.opening:
        name = " as executor" if "executor" in names_in(written.results) else ""
        opening = replaced(written.opening, call.names)
        opening = f"{opening[:-1]}, {call.initializer})" if call.initializer else opening
        statement = f"with {opening}{name}:\n    {statement}"
    return "\n".join([*call.before, statement])


def _settings(folders: Sequence[str], one_thread: str | None) -> str:
    """Return what must be done before anything else is imported: `one_thread` says why libraries get one."""
    imports, steps = [], []
    if one_thread is not None:
        imports.append("import os")
        names = "\n".join(f'    "{name}",' for name in THREAD_VARIABLES)
        steps.append(_THREADS.format(reason=one_thread, names=names).strip())
    if folders:
        imports.append("import sys")
        steps.append("\n".join(f"sys.path.append({quoted(folder)})" for folder in folders))
    return "\n\n".join(filter(None, ["\n".join(imports), *steps]))


def _place(homes: Mapping[str, Path]) -> Iterator[str]:
    """Yield a comment that says where to save the program."""
    first = next(iter(homes.values()), None)
    if first is not None:
        beside = [home.name for home in homes.values() if home.parent == first.parent]
        yield f"# Save this beside {' and '.join(beside)}."


def _notes(names: Sequence[str], written: Written) -> Iterator[str]:
    """Yield a comment that says what workers cannot find in a notebook."""
    if names and written.workers_get_fn == "by name":
        yield f"# Worker processes that are not forked import {' and '.join(names)}: move this to a module."


def _name_of(definition: str) -> str:
    """Return the name that a definition gives."""
    return definition.partition("def ")[2].partition("(")[0] or definition.partition(" ")[0]
