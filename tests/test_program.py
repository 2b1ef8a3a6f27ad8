"""The program that advice prints: what it says for each backend, and that it gives the right results as a script."""

from __future__ import annotations

import ast
import importlib
import re
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from execbench import Workload
from execbench.advice.program import Program, program
from execbench.advice.proof import rehearse
from execbench.advice.recording import Recorder
from execbench.conformance.leftovers import shared_memory, shared_memory_since
from execbench.lane.arguments import SentOnce
from execbench.lane.messages import Describe, Described, Expect, LaneFailure
from execbench.lane.questions import Write, Written
from execbench.plugins import registry
from execbench.plugins.by_value import plugin_of
from execbench.plugins.registry import Plugin, Reference
from execbench.plugins.trial import Choice, Trial
from execbench.racing.oracle import Oracle
from execbench.settings import Settings
from execbench.supervisor.lane import Nursery
from execbench.supervisor.python import Python
from tests.interpreters import SUPPORTED

SETTINGS = Settings(round_timeout=60, seed=1)
SIZE = 6

JOBS = """
import asyncio
from functools import partial

from execbench import Workload

def double(task):
    return 2 * task

def add(a, b=0):
    return a + b

def inputs(size=100):
    return [(number, 1) for number in range(size)]

def endless():
    number = 0
    while number < 8:
        yield number
        number += 1

keywords = [{"a": number} for number in range(6)]

async def fetch(task):
    await asyncio.sleep(0)
    return task + 1

def main(task):
    return task + 3

def list(task):
    return task + 4

triples = lambda task: 3 * task

adds_two = partial(lambda a, b: a + b, 2)

tasks = [5, 6, 7, 8, 9, 10]

own = Workload(fn=add, tasks=lambda size: [(n, n) for n in range(size)], size=5, star=True)
"""

THIRD_PARTY = '''
"""Threads, some times as many as asked for."""

from concurrent.futures import ThreadPoolExecutor


def backend(max_workers, /, *, factor: int = 2, name: str = "x"):
    return ThreadPoolExecutor(max_workers * factor, name)
'''

AWAITS = '''
"""Awaits one coroutine after another."""

import asyncio
from contextlib import nullcontext


class Executor:
    def map(self, fn, tasks, /, *, chunksize):
        return map(fn, tasks)

    def map_coroutines(self, fn, tasks, /, *, chunksize):
        return [asyncio.run(fn(task)) for task in tasks]


def backend(max_workers, /):
    return nullcontext(Executor())
'''

ODD = '''
"""Has a recipe that gives one line or another."""

from contextlib import nullcontext

from execbench import Recipe


def backend(max_workers, /, *, line: str = ""):
    return nullcontext()


def recipe(max_workers, chunksize, /, *, line):
    odd = {"imports": "import os", "print": ["print()"]}
    if line == "None":
        return None
    if line == "raise":
        return 1 / 0
    return Recipe(results=line, imports=odd.get(line, ["import os"]))
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with functions and backends."""
    folder = tmp_path_factory.mktemp("program")
    for name, text in (("jobs", JOBS), ("third_party", THIRD_PARTY), ("odd", ODD), ("awaits", AWAITS)):
        (folder / f"{name}.py").write_text(text)
    return folder


@pytest.fixture(scope="module")
def desk(folder: Path) -> Iterator[Desk]:
    """What writes programs, and runs them."""
    with Nursery() as nursery, Desk(nursery, folder) as desk:
        yield desk


class Desk:
    """Writes programs in one lane, and keeps an oracle for each workload."""

    def __init__(self, nursery: Nursery, folder: Path) -> None:
        self.nursery = nursery
        self._folder = folder
        self._lane = nursery.lane()
        self._lane.greet()
        self._oracles: dict[str, Oracle] = {}

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        for oracle in self._oracles.values():
            oracle.__exit__()
        self._lane.dismiss()
        self._lane.end(patience=10)

    def function(self, name: str, tasks: str, *, star: bool = False) -> Plugin:
        """Return the plugin for a function and its tasks."""
        found = registry.find("workload", name if ":" in name else f"{self._folder / 'jobs.py'}:{name}")
        text = f"{self._folder}/{tasks}" if tasks.startswith("jobs.py:") else tasks
        return found.with_tasks(registry.find_tasks(text, star=star))

    def by_value(self, fn: Any, tasks: Any, *, star: bool = False) -> Plugin:
        """Return the plugin for a function that is sent by value."""
        workload = Workload(fn=fn, tasks=partial(_first, tasks), size=len(tasks), star=star)
        return plugin_of("workload", workload, fn, self.nursery.folder / "by_value")

    def asked(
        self, backend: str, workload: Plugin, size: int = SIZE, sent_once: SentOnce | None = None, **options: Any
    ) -> Write:
        """Return the question, with all options of the backend."""
        reference = Reference.parse(backend)
        plugin = registry.find("backend", reference.name.replace("FOLDER", str(self._folder)))
        described = self._lane.ask(Describe(plugin.place, dict(reference.options)), Described, 60)
        assert described.broken is None
        work = Expect(workload.place, options, size)
        return Write(plugin.place, described.options, max_workers=2, chunksize=2, work=work, sent_once=sent_once)

    def write(self, asked: Write) -> Written:
        """Return the answer."""
        return self._lane.ask(asked, Written, 60)

    def program(
        self, backend: str, workload: Plugin, size: int = SIZE, sent_once: SentOnce | None = None, **options: Any
    ) -> Program:
        """Return the program for a backend and a workload."""
        asked = self.asked(backend, workload, size, sent_once, **options)
        return program(asked, self.write(asked))

    def rehearse(self, written: Program, settings: Settings = SETTINGS) -> float:
        """Run a program on all its tasks."""
        work = written.asked.work
        return rehearse(self.nursery, written, range(work.size), self.oracle(work), settings)

    def oracle(self, work: Expect) -> Oracle:
        """Return the oracle of a workload."""
        key = repr(work)
        if key not in self._oracles:
            place = work.workload
            plugin = Plugin(
                "workload",
                place.name,
                place.module,
                place.attribute,
                place.folder,
                tasks=place.tasks,
                pickle=place.pickle,
            )
            trial = Trial(Choice(plugin, work.workload_options), Choice(plugin), work.size, work.size)
            self._oracles[key] = Oracle(self.nursery, trial, SETTINGS).settle()
            assert self._oracles[key].failure is None
        return self._oracles[key]


def scaled(task: int, factor: int = 3) -> int:
    """Return a multiple."""
    return task * factor


def _first(tasks: Any, size: int) -> Any:
    return tasks[:size]


SHAPES = """
from typing import NamedTuple

class Shape(NamedTuple):
    width: int
    height: int

def area(shape, *, scale):
    return shape.width * shape.height * scale

if __name__ == "__main__":
    for width in range(5):
        area(Shape(width, 3), scale=2)
"""

STANDARD = [
    "serial",
    "threads",
    "process_pool",
    "process_pool[start_method=spawn]",
    "process_pool[start_method=forkserver]",
    "pool",
    "joblib",
    "asyncio",
    "processes",
]
LONG = ["joblib", "process_pool[start_method=forkserver]"]
"""Those whose start takes long, and whose workers get functions as another backend's do."""
ENGINES = ["loky", "multiprocess", "pebble", "mpire", "dask", "ray", "mpi", "spark", "joblib[backend=dask]"]
BY_VALUE = ["loky", "multiprocess", "dask"]
"""Those that are sent code by value, as joblib is."""


@pytest.mark.parametrize("backend", STANDARD)
def test_star_and_tasks_of_a_callable(desk: Desk, backend: str) -> None:
    """The program gives the right results for a function of several arguments, whose tasks a function makes."""
    written = desk.program(backend, desk.function("add", "jobs.py:inputs", star=True))
    assert "from jobs import add, inputs\n" in str(written)
    assert "    return add(*task)\n" in str(written)
    assert "tasks = list(inputs(6))\n" in str(written)
    assert desk.rehearse(written) > 0


@pytest.mark.parametrize(
    "backend", [pytest.param(name, marks=pytest.mark.slow if name in LONG else []) for name in STANDARD]
)
def test_coroutine_function(desk: Desk, backend: str) -> None:
    """The program gives the right results for a coroutine function, on every backend."""
    written = desk.program(backend, desk.function("fetch", "range(6)"))
    assert "await fetch(task)" in str(written)
    assert desk.rehearse(written) > 0


@pytest.mark.parametrize("backend", ENGINES)
def test_engine(folder: Path, monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    """The program gives the right results on a backend that needs an extra, and leaves no shared memory behind."""
    before = shared_memory()
    engine = backend.removeprefix("joblib[backend=").removesuffix("]")
    try:
        importlib.import_module(f"execbench.backends.{engine}")
    except ModuleNotFoundError as error:
        pytest.skip(str(error))
    monkeypatch.setenv("PATH", f"{sysconfig.get_path('scripts')}:/usr/bin:/bin")  # where MPI finds its mpiexec
    monkeypatch.setattr(tempfile, "tempdir", "/tmp")  # Ray's sockets need a short one
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-XX:-UsePerfData")  # or Java leaves a folder there
    with Nursery() as nursery, Desk(nursery, folder) as desk:
        assert desk.rehearse(desk.program(backend, desk.function("add", "jobs.py:inputs", star=True))) > 0
        assert desk.rehearse(desk.program(backend, desk.function("fetch", "range(6)"))) > 0
    assert not [name for name in shared_memory_since(before, 5) if name.startswith("mpich")]


@pytest.mark.parametrize("backend", ["joblib", *(pytest.param(name, marks=pytest.mark.slow) for name in BY_VALUE)])
def test_function_that_no_worker_can_import(folder: Path, backend: str) -> None:
    """The program gives the right results for a lambda, and a partial of one, on backends that are sent its code."""
    try:
        importlib.import_module(f"execbench.backends.{backend}")
    except ModuleNotFoundError as error:
        pytest.skip(str(error))
    with Nursery() as nursery, Desk(nursery, folder) as desk:
        assert desk.rehearse(desk.program(backend, desk.function("triples", "range(6)"))) > 0
        assert desk.rehearse(desk.program(backend, desk.function("adds_two", "range(6)"))) > 0


def test_whole_program(desk: Desk) -> None:
    """The program is what a good engineer writes by hand."""
    written = desk.program("process_pool", desk.function("double", "range(6)"))
    assert (
        str(written)
        == """\
# Save this beside jobs.py.
from concurrent.futures import ProcessPoolExecutor

from jobs import double


def main(tasks):
    with ProcessPoolExecutor(max_workers=2) as executor:
        return list(executor.map(double, tasks, chunksize=2))


# Worker processes import this file, too, and must not run what follows.
if __name__ == "__main__":
    tasks = range(6)
    results = main(tasks)
"""
    )


def test_backend_without_a_recipe(desk: Desk) -> None:
    """A backend that has no recipe is opened as execbench opens it."""
    written = desk.program("FOLDER/third_party.py[factor=3]", desk.function("double", "range(6)"))
    assert "from third_party import backend\n" in str(written)
    assert '    with backend(2, factor=3, name="x") as executor:\n' in str(written)
    assert str(written).startswith("# Save this beside jobs.py and third_party.py.\n")
    assert desk.rehearse(written) > 0


def test_backend_that_awaits_without_a_recipe(desk: Desk) -> None:
    """A backend that awaits coroutines itself does so in the program."""
    written = desk.program("FOLDER/awaits.py", desk.function("fetch", "range(6)"))
    assert "list(executor.map_coroutines(fetch, tasks, chunksize=2))" in str(written)
    assert desk.rehearse(written) > 0


def test_object_of_a_library_as_backend(desk: Desk) -> None:
    """A backend that is an object of a library needs nothing of execbench."""
    written = desk.program("concurrent.futures:ThreadPoolExecutor", desk.function("double", "range(6)"))
    assert "execbench" not in str(written)
    assert "with ThreadPoolExecutor(2) as executor:" in str(written)
    assert desk.rehearse(written) > 0


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("[fn(task) for task in tusks]", "raised", "the program raises NameError: name 'tusks' is not defined"),
        ("[fn(task) for task in iter(int, 1)]", "hung", "rehearse gave no answer within 1 s"),
        ("os._exit(3)", "died", "the lane exited with code 3 during rehearse"),
        ("[fn(task) for task in tasks][::-1]", "wrong_result", "task 0: 10 instead of 0"),
    ],
    ids=["raises", "hangs", "dies", "is wrong"],
)
def test_program_that_fails(desk: Desk, line: str, status: str, said: str) -> None:
    """A program that raises, hangs, dies, or gives wrong results fails with the reason."""
    quoted = line.replace("'", "\\'")
    written = desk.program(f"FOLDER/odd.py[line='{quoted}']", desk.function("double", "range(6)"))
    with pytest.raises(LaneFailure) as caught:
        desk.rehearse(written, replace(SETTINGS, round_timeout=1.0) if status == "hung" else SETTINGS)
    assert caught.value.status == status
    assert said in caught.value.reason


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("None", "TypeError: it gave NoneType, and must give an execbench.Recipe"),
        ("[fn(task", "SyntaxError: "),
        ("imports", "TypeError: its imports are text, and must be a list of statements"),
        ("print", "SyntaxError: 'print()' is not an import"),
        ("raise", "ZeroDivisionError: "),
    ],
)
def test_recipe_that_cannot_be_used(desk: Desk, line: str, said: str) -> None:
    """A recipe that cannot become a program is named, and what is wrong with it."""
    with pytest.raises(LaneFailure) as caught:
        desk.program(f"FOLDER/odd.py[line='{line}']", desk.function("double", "range(6)"))
    assert f"recipe of odd: {said}" in caught.value.reason


def test_sample(desk: Desk) -> None:
    """On some of the tasks, only the line that picks them is added; the results are those of these tasks."""
    written = desk.program("serial", desk.function("double", "range(6)"))
    lines = str(written).splitlines()
    on_some = written.on([5, 1]).splitlines()
    assert [line for line in on_some if line not in lines] == ["    tasks = [tasks[number] for number in [5, 1]]"]
    with pytest.raises(LaneFailure, match="2 results for 6 tasks"):
        rehearse(desk.nursery, written, [5, 1], desk.oracle(written.asked.work), SETTINGS)


@pytest.mark.parametrize(
    ("tasks", "size", "code"),
    [
        ("[3, 1, 2]", 3, "tasks = [3, 1, 2]\n"),
        ("[3, 1, 2]", 2, "tasks = [3, 1, 2][:2]\n"),
        ("{1}", 1, "tasks = list({1})\n"),
        ("[1,  # one\n2]", 2, "tasks = [1, 2]\n"),
        ("range(1_000, 1_006)", 6, "tasks = range(1_000, 1_006)\n"),
        ("jobs.py:tasks", 6, "tasks = list(jobs.tasks)\n"),
        ("jobs.py:endless", 8, "tasks = list(endless())\n"),
        ("jobs.py:endless", 3, "tasks = list(endless())[:3]\n"),
    ],
)
def test_tasks(desk: Desk, tasks: str, size: int, code: str) -> None:
    """Tasks are made in one line, and only as many as wanted."""
    written = desk.program("serial", desk.function("double", tasks), size)
    assert f"    {code}" in str(written)
    assert tasks.startswith("[") or desk.rehearse(written) > 0


@pytest.mark.parametrize(
    ("name", "content", "star"),
    [
        ("lines.txt", b"one\ntwo\n", False),
        ("items.json", b"[1, 2]", False),
        ("items.jsonl", b"[1, 2]\n[3, 4]\n", True),
        ("rows.csv", b'a,b\n"two\nlines",2\n3,4\n', True),
        ("array.npy", b"", False),
    ],
)
def test_tasks_of_a_file(desk: Desk, folder: Path, name: str, content: bytes, star: bool) -> None:
    """The program reads the same tasks from a data file."""
    path = folder / name
    path.write_bytes(content)
    if path.suffix == ".npy":
        numpy = pytest.importorskip("numpy")
        numpy.save(path, numpy.arange(4).reshape(2, 2))
    written = desk.program("serial", desk.function("add" if star else "double", str(path), star=star), size=2)
    assert desk.rehearse(written) > 0


def test_tasks_that_only_the_users_script_makes(desk: Desk) -> None:
    """Where nothing says how the tasks are made, a comment says that they are missing."""
    asked = desk.asked("threads", desk.function("double", "range(6)"))
    text = str(program(asked, replace(desk.write(asked), tasks="")))
    assert "    # Here, make `tasks` as your script does.\n    results = main(tasks)\n" in text


def test_star_of_dicts(desk: Desk) -> None:
    """Where tasks are dicts, they become the function's keyword arguments."""
    written = desk.program("serial", desk.function("add", "jobs.py:keywords", star=True))
    assert "    return add(**task)\n" in str(written)
    assert desk.rehearse(written) > 0


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("math:sqrt", "from math import sqrt\n"),
        ("builtins:abs", "map(abs, tasks)"),
        ("fractions:Fraction.from_float", "map(Fraction.from_float, tasks)"),
    ],
)
def test_function_of_a_library(desk: Desk, name: str, code: str) -> None:
    """A function of a library is imported as usual; the program may be saved anywhere."""
    written = desk.program("threads", desk.function(name, "[1.0, 2.0]"), size=2)
    assert code in str(written)
    assert "Save this" not in str(written)
    assert desk.rehearse(written) > 0


@pytest.mark.parametrize(("name", "code"), [("main", "map(jobs.main, tasks"), ("list", "map(jobs.list, tasks")])
def test_names_that_the_program_has(desk: Desk, name: str, code: str) -> None:
    """A function whose name means something else in the program is called by another name."""
    written = desk.program("process_pool", desk.function(name, "jobs.py:tasks"))
    assert code in str(written)
    assert desk.rehearse(written) > 0


@pytest.mark.parametrize(
    "name",
    [
        "main",
        "tasks",
        "executor",
        "asyncio",
        "in_turn",
        "call",
        "class",
        "a.class",
        "3",
        "results",
        "fn",
        "given",
        "os",
    ],
)
@pytest.mark.parametrize("notebook", [False, True])
def test_any_name(desk: Desk, name: str, notebook: bool) -> None:
    """Whatever function, module and tasks are called, the program is valid Python, and no name means two things."""
    asked = desk.asked("process_pool", desk.function("fetch", "jobs.py:inputs", star=True))
    written = desk.write(asked)
    assert asked.work.workload.tasks is not None
    source = replace(asked.work.workload.tasks, module=name, attribute=name)
    for module in ("jobs", name):
        workload = replace(asked.work.workload, module=module, attribute=name, tasks=source)
        named = replace(asked, work=replace(asked.work, workload=workload))
        text = str(program(named, written, limit_threads=True, notebook=notebook))
        bound = [each for node in ast.parse(text).body for each in _bound_by(node)]
        assert len(bound) == len(set(bound)), text


def _bound_by(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from ((alias.asname or alias.name.partition(".")[0]) for alias in node.names)
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield node.name


def test_workload_of_the_catalogue(desk: Desk) -> None:
    """A workload's program takes the function and the tasks from its module."""
    written = desk.program("pool", registry.find("workload", "compress"), size=4, nbytes=200, seed=0)
    assert "from execbench.workloads.compress import workload\n" in str(written)
    assert "map(workload.fn, tasks, chunksize=2)" in str(written)
    assert "tasks = list(workload.tasks(4, nbytes=200, seed=0))\n" in str(written)
    assert desk.rehearse(written) > 0


def test_workload_with_tasks_of_another(desk: Desk) -> None:
    """A workload may be given the tasks of a workload; the function is called as it says."""
    written = desk.program("threads", desk.function("own", "jobs.py:own"))
    assert "    return own.fn(*task)\n" in str(written)
    assert "tasks = list(own.tasks(6))\n" in str(written)
    assert desk.rehearse(written) > 0


def test_package_without_a_file(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program for a module of a package is saved beside the package."""
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "inner.py").write_text("def fn(task):\n    return task\n")
    monkeypatch.chdir(tmp_path)
    written = desk.program("serial", desk.function("bundle.inner:fn", "[1, 2]"), size=2)
    monkeypatch.chdir("/")
    assert str(written).startswith("# Save this beside bundle.\nfrom bundle.inner import fn\n")
    assert desk.rehearse(written) > 0


def test_recipe_of_the_documents(desk: Desk, tmp_path: Path) -> None:
    """The recipe that the page on backends shows works, and its program needs nothing of the plugin."""
    page = (Path(__file__).parent.parent / "docs" / "backends.md").read_text()
    blocks = [block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "factor" in block]
    (tmp_path / "more_threads.py").write_text("\n\n".join(blocks))
    written = desk.program(f"{tmp_path}/more_threads.py[factor=3]", desk.function("double", "range(6)"))
    assert "    with ThreadPoolExecutor(6) as executor:\n" in str(written)
    assert "more_threads" not in str(written)
    assert desk.rehearse(written) > 0


def test_workload_whose_options_choose_the_function(desk: Desk) -> None:
    """A workload that has several functions is asked for the one that its options choose."""
    workload = registry.find("workload", "wait")
    options: dict[str, Any] = {"io": "asyncio", "milliseconds": 1.0}
    written = desk.program("asyncio", workload, size=4, **options)
    assert 'await workload.fn_for(io="asyncio", milliseconds=1.0)(task)' in str(written)
    assert desk.rehearse(written) > 0


def test_files_in_two_folders(desk: Desk, tmp_path: Path) -> None:
    """A program whose modules are in two folders is saved in one, and looks in the other."""
    (tmp_path / "places.py").write_text("paths = [1, 2]\n")
    written = desk.program(
        "process_pool[start_method=spawn]", desk.function("double", f"{tmp_path}/places.py:paths"), 2
    )
    assert f'import sys\n\nsys.path.append("{tmp_path}")\n' in str(written)
    assert str(written).startswith("# Save this beside jobs.py.\n")
    assert desk.rehearse(written) > 0


def test_module_that_a_script_would_hide(desk: Desk, tmp_path: Path) -> None:
    """A script looks in its own folder first, so a program whose modules are others there gives other results."""
    (tmp_path / "colorsys.py").write_text("")
    (tmp_path / "hidden.py").write_text("import colorsys\ndef where(task):\n    return colorsys.__file__\n")
    written = desk.program("serial", desk.function(f"{tmp_path / 'hidden.py'}:where", "[1, 2]"), size=2)
    with pytest.raises(LaneFailure, match="task 0: ") as caught:
        desk.rehearse(written)
    assert caught.value.status == "wrong_result"


def test_threads_of_libraries(desk: Desk, folder: Path) -> None:
    """Where it is asked for, libraries are limited to one thread before they are imported."""
    (folder / "limits.py").write_text("import os\nat_import = os.environ.get('OMP_NUM_THREADS')\ndef fn(x): return 1\n")
    asked = desk.asked("serial", desk.function(f"{folder / 'limits.py'}:fn", "[1]"), size=1)
    limited = program(asked, desk.write(asked), limit_threads=True)
    assert str(limited).index("OMP_NUM_THREADS") < str(limited).index("from limits import fn")
    assert desk.rehearse(limited) > 0


@pytest.mark.parametrize(
    "backend", ["serial", "process_pool[start_method=fork]", pytest.param("joblib", marks=pytest.mark.slow)]
)
def test_function_by_value(desk: Desk, backend: str) -> None:
    """For a function of the user's program, the program is a few lines more, which use its names."""
    written = desk.program(backend, desk.by_value(scaled, [4, 5, 6]), size=3)
    assert "scaled" in str(written)
    assert "def main" not in str(written)
    assert "import scaled" not in str(written)
    assert "tasks =" not in str(written)
    assert desk.rehearse(written) > 0


def test_function_by_value_that_workers_cannot_import(desk: Desk) -> None:
    """Spawned workers find no function of the user's program: the program fails, and does not hang."""
    written = desk.program("process_pool[start_method=spawn]", desk.by_value(scaled, [4, 5, 6]), size=3)
    with pytest.raises(LaneFailure) as caught:
        desk.rehearse(written)
    assert caught.value.status == "raised"
    assert "Can't pickle" in caught.value.reason


def test_helpers_of_a_function_by_value(desk: Desk) -> None:
    """What the added lines define reaches forked workers; a lambda is called `fn`, as it has no name."""
    written = desk.program(
        "process_pool[start_method=fork]", desk.by_value(lambda a, b: a - b, [(4, 1), (5, 2)], star=True), size=2
    )
    assert "def call(task):\n    return fn(*task)\n" in str(written)
    assert desk.rehearse(written) > 0


def test_shared_argument_of_a_function_by_value(desk: Desk) -> None:
    """What is sent to each worker once is taken from the tasks that the user's program has."""
    rows = [7, 8, 9]
    workload = desk.by_value(lambda rows, place: rows[place], [(rows, 0), (rows, 2)], star=True)
    written = desk.program("process_pool[start_method=fork]", workload, size=2, sent_once=SentOnce(0, "rows"))
    assert "\n    rows = tasks[0][0]\n    others = [task[1:] for task in tasks]\n" in str(written)
    assert desk.rehearse(written) > 0


def test_notebook(desk: Desk) -> None:
    """In a notebook there is no guard; what process workers would have to import is named."""
    asked = desk.asked("process_pool", desk.function("add", "jobs.py:inputs", star=True))
    cell = program(asked, desk.write(asked), notebook=True)
    assert str(cell).endswith(
        """\


def call(task):
    return add(*task)


tasks = list(inputs(6))
with ProcessPoolExecutor(max_workers=2) as executor:
    results = list(executor.map(call, tasks, chunksize=2))
"""
    )
    assert "# Worker processes that are not forked import call: move this to a module.\n" in str(cell)
    assert "__main__" not in str(cell)


@pytest.mark.parametrize("backend", ["threads", "joblib"])
def test_notebook_whose_function_reaches_workers(desk: Desk, backend: str) -> None:
    """Workers that share the function, or are sent it by value, find what a notebook defines."""
    asked = desk.asked(backend, desk.by_value(lambda task: task, [1, 2]), size=2)
    assert "#" not in str(program(asked, desk.write(asked), notebook=True))


@pytest.mark.parametrize("interpreter", [min(SUPPORTED), pytest.param(max(SUPPORTED), marks=pytest.mark.slow)], ids=str)
def test_other_interpreter(desk: Desk, interpreter: Any) -> None:
    """Programs are written and run by the interpreter that they are for."""
    python = Python(SUPPORTED[interpreter], str(interpreter))
    asked = desk.asked("process_pool", desk.function("add", "jobs.py:inputs", star=True))
    with desk.nursery.lane(python) as lane:
        lane.greet()
        written = program(asked, lane.ask(asked, Written, 60))
    oracle = desk.oracle(asked.work)
    assert rehearse(desk.nursery, written, range(SIZE), oracle, SETTINGS, python=python) > 0


def test_recorded_tasks(desk: Desk, tmp_path: Path) -> None:
    """The program finds the tasks that were recorded, also those of classes of the script, and so do its workers."""
    script = tmp_path / "shapes.py"
    script.write_text(SHAPES)
    recording = Recorder(desk.nursery, str(script), "area", 60.0).recording()
    function = recording.workload.with_tasks(recording.tasks)
    assert desk.rehearse(desk.program("process_pool[start_method=spawn]", function, 5)) > 0
