"""What every backend of the catalogue promises, and what some promise besides.

Every case runs in an interpreter of its own, with warnings as errors, so that no pool sees another's threads or
left-overs. Tasks are made of the standard library's functions, so that workers of any start method can import them.
"""

from __future__ import annotations

import gc
import importlib
import inspect
import json
import os
import pkgutil
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from operator import attrgetter, call, neg
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Literal, get_args, get_origin

import psutil
import pytest

from execbench import Chunks, Unavailable

LIMIT = 60.0
"""Seconds after which a case has hung."""

_LEFT_OUT = {
    "dask": "" if find_spec("distributed") else "there is no distributed",
    "ray": "Ray gives a task to a worker that may never be free, and joblib waits for it",
    "spark": "joblibspark 0.6 cannot end a call that has failed with joblib 1.6",
    **dict.fromkeys(["slurm", "flux"], "there is no cluster"),
}
"""Why an option with this value cannot be tested; docs/conformance.md says so of joblib."""

Observed = Callable[[str, str], dict[str, Any]]

TASKS = range(10)
WANTED = [-task for task in TASKS]
FAILING = ["1", "two", "3"]

_LIVE_AS_LONG_AS_THEIR_PROGRAM = ("resource_tracker", ".forkserver import main", "mpiexec", "hydra_pmi_proxy")
_END_SOON = {"mpi": 10.0}
"""Seconds that a backend's workers are given to end, once it was left."""


def _load(name: str) -> Any:
    return importlib.import_module(f"execbench.backends.{name}").backend


def _needs(name: str) -> None:
    """Skip the test unless the library of a backend is installed."""
    try:
        _load(name)
    except ModuleNotFoundError as error:
        pytest.skip(str(error))


def _values(name: str, option: str) -> tuple[str, ...]:
    return get_args(inspect.signature(_load(name), eval_str=True).parameters[option].annotation)


def _choices(backend: Any) -> Iterator[dict[str, Any]]:
    """No option at all, and then each value of each option that names its values, or is true or false."""
    yield {}
    for option in inspect.signature(backend, eval_str=True).parameters.values():
        if get_origin(option.annotation) is Literal:
            yield from ({option.name: value} for value in get_args(option.annotation) if value != option.default)
        elif option.annotation is bool:
            yield {option.name: not option.default}


def _cases() -> Iterator[Any]:
    for module in pkgutil.iter_modules(importlib.import_module("execbench.backends").__path__):
        try:
            backend = _load(module.name)
        except (ModuleNotFoundError, Unavailable) as error:
            if (getattr(error, "name", None) or "").startswith("execbench"):
                raise
            yield pytest.param(module.name, "{}", id=module.name, marks=pytest.mark.skip(reason=str(error)))
            continue
        for options in _choices(backend):
            title = ",".join(f"{key}={value}" for key, value in options.items())
            reason = "".join(_LEFT_OUT.get(value, "") for value in options.values())
            yield pytest.param(
                module.name,
                json.dumps(options),
                id=f"{module.name}[{title}]" if title else module.name,
                marks=pytest.mark.skipif(bool(reason), reason=reason),
            )


def _elsewhere(function: Callable[..., Any], *arguments: Any, **environment: str) -> Any:
    """Call a function of this file in an interpreter of its own, and return its answer."""
    code = (
        f"import json, pathlib, sys, {Path(__file__).stem} as here; "
        f"answer = json.dumps(here.{function.__name__}(*json.loads(sys.argv[1]))); "
        "pathlib.Path(sys.argv[2]).write_text(answer)"
    )
    sent = json.dumps(arguments)
    warns = "spark" in sent  # Java writes to the standard error, and PySpark and joblibspark warn
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer")
        with subprocess.Popen(
            [sys.executable, "-W", "default" if warns else "error", "-c", code, sent, answer],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent), **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                _, errors = process.communicate(timeout=LIMIT)
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        assert process.returncode == 0, errors
        assert warns or errors == ""
        return json.loads(answer.read_text())


@pytest.fixture(scope="module")
def observed() -> Observed:
    """Tell what was seen of a case; each is run once, however it ends."""
    outcomes: dict[tuple[str, str], Any] = {}

    def tell(name: str, options: str) -> dict[str, Any]:
        if (name, options) not in outcomes:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    outcomes[name, options] = _elsewhere(_observe, name, options, TMPDIR=folder)
                    outcomes[name, options]["files"] = os.listdir(folder)
                except (AssertionError, subprocess.TimeoutExpired) as error:
                    outcomes[name, options] = error
        outcome: dict[str, Any] | Exception = outcomes[name, options]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return tell


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what takes a `name` and its `options` on every case; only here, so that a case imports no other backend."""
    if "options" in metafunc.fixturenames and "name" in metafunc.fixturenames:
        metafunc.parametrize(("name", "options"), list(_cases()))


# In the interpreter of a case ---------------------------------------------------------------------------------------


def _observe(name: str, options: str) -> dict[str, Any]:
    """Use a backend as a program would, and tell what was seen."""
    backend = partial(_load(name), **json.loads(options))
    seen: dict[str, Any] = {}
    patience = _END_SOON.get(name, 0.0)
    with backend(2) as executor:
        seen["serial"] = getattr(executor, "serial", False)
        seen["many"] = list(executor.map(neg, TASKS, chunksize=3))
        seen["again"] = list(executor.map(neg, TASKS, chunksize=7))
        seen["none"] = list(executor.map(neg, [], chunksize=1))
        seen["one"] = list(executor.map(neg, [1], chunksize=1))
        seen["generator"] = list(executor.map(neg, (task for task in TASKS), chunksize=3))
        seen["workers of one chunk"] = len(set(executor.map(call, [os.getpid] * 10, chunksize=10)))
        seen["error"] = _raised_by(executor, int, FAILING, chunksize=1)
        seen["after the error"] = list(executor.map(neg, TASKS, chunksize=3))
        seen["out of order"] = None if seen["serial"] else _first_task_ends_last(executor)
    del executor
    seen["left"] = _left_over(patience)
    seen["error at the end"] = ""
    try:
        with backend(2) as executor:
            list(executor.map(int, FAILING, chunksize=1))
    except ValueError as error:
        seen["error at the end"] = str(error)
    del executor
    seen["left after an error"] = _left_over(patience)
    with backend(2):
        pass
    seen["left unused"] = _left_over(patience)
    return seen


def _raised_by(executor: Any, *arguments: Any, **chunks: int) -> list[str]:
    try:
        list(executor.map(*arguments, **chunks))
    except Exception as error:
        return [type(error).__name__, str(error), str(error.__cause__)]
    return []


def _first_task_ends_last(executor: Any) -> list[Any]:
    """Map so that the first task cannot end before the last has begun, without a clock."""
    with tempfile.TemporaryDirectory() as folder:
        fifo = Path(folder, "fifo")
        os.mkfifo(fifo)
        first, last = partial(Path.read_text, fifo), partial(Path.write_text, fifo, "told")
        return list(executor.map(call, [first, *(partial(neg, task) for task in TASKS), last], chunksize=1))


def _left_over(patience: float = 0.0) -> list[str]:
    """The processes below this one, given time to end, and what bears its number in shared memory."""
    gc.collect()  # the standard library's semaphores are unlinked with the objects that hold them
    deadline = time.monotonic() + patience
    while (left := _processes()) and time.monotonic() < deadline:
        time.sleep(0.05)
    shared, own_number = Path("/dev/shm"), re.compile(rf"(?<!\d){os.getpid()}(?!\d)")
    names = [path.name for path in shared.iterdir()] if shared.exists() else []
    return left + [name for name in names if own_number.search(name)]


def _processes() -> list[str]:
    left = []
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            command = " ".join(child.cmdline())
            if not any(name in command for name in _LIVE_AS_LONG_AS_THEIR_PROGRAM):
                left.append(f"{child.status()}: {command}")
    return left


# Every backend ------------------------------------------------------------------------------------------------------


def test_results_are_those_of_the_builtin_map(observed: Observed, name: str, options: str) -> None:
    """Results equal those of the builtin `map`, in the order of the tasks."""
    assert observed(name, options)["many"] == WANTED


def test_an_executor_maps_more_than_once(observed: Observed, name: str, options: str) -> None:
    """An executor maps a second time as it did the first."""
    assert observed(name, options)["again"] == WANTED


def test_no_tasks_give_no_results(observed: Observed, name: str, options: str) -> None:
    """No tasks give no results."""
    assert observed(name, options)["none"] == []


def test_there_may_be_fewer_tasks_than_workers(observed: Observed, name: str, options: str) -> None:
    """One task gives one result, though there are two workers."""
    assert observed(name, options)["one"] == [-1]


def test_tasks_may_be_a_generator(observed: Observed, name: str, options: str) -> None:
    """Tasks may come from a generator."""
    assert observed(name, options)["generator"] == WANTED


def test_an_exception_arrives_as_it_was_raised(observed: Observed, name: str, options: str) -> None:
    """A task's exception keeps its type and its message."""
    assert observed(name, options)["error"][:2] == ["ValueError", "invalid literal for int() with base 10: 'two'"]


def test_an_executor_maps_after_an_exception(observed: Observed, name: str, options: str) -> None:
    """An executor maps again after a task has raised."""
    assert observed(name, options)["after the error"] == WANTED


def test_two_workers_work_at_once_and_in_order(observed: Observed, name: str, options: str) -> None:
    """Unless it calls itself serial, an executor works on two tasks at once, and puts late results in their place."""
    seen = observed(name, options)
    assert seen["out of order"] == (None if seen["serial"] else ["told", *WANTED, len("told")])


def test_chunks_stay_together(observed: Observed, name: str, options: str) -> None:
    """The tasks of one chunk are done by one worker, except where the library has no chunks or sizes its own."""
    if name == "joblib" or json.loads(options).get("call", "").startswith("apply"):
        pytest.skip("the chunk size is left to the library")
    assert observed(name, options)["workers of one chunk"] == 1


def test_only_serial_and_apply_are_serial(observed: Observed, name: str, options: str) -> None:
    """The plain loop and `Pool.apply` say that they are serial, and no other does."""
    is_serial = name == "serial" or json.loads(options).get("call") == "apply"
    assert observed(name, options)["serial"] is is_serial


def test_leaving_leaves_nothing(observed: Observed, name: str, options: str) -> None:
    """Leaving leaves no process and nothing in shared memory."""
    assert observed(name, options)["left"] == []


def test_leaving_by_an_exception_leaves_nothing(observed: Observed, name: str, options: str) -> None:
    """A task's exception that leaves the context too gets out, and leaves nothing behind."""
    seen = observed(name, options)
    assert "'two'" in seen["error at the end"]
    assert seen["left after an error"] == []


def test_leaving_unused_leaves_nothing(observed: Observed, name: str, options: str) -> None:
    """Leaving without one call leaves nothing behind."""
    assert observed(name, options)["left unused"] == []


def test_leaving_leaves_no_files(observed: Observed, name: str, options: str) -> None:
    """Leaving, in whatever way, leaves no temporary files once the program has ended."""
    assert observed(name, options)["files"] == []


# Where workers live -------------------------------------------------------------------------------------------------


def _command(_: object) -> tuple[int, str]:
    return os.getpid(), " ".join(psutil.Process().cmdline())


def _worker(name: str, options: dict[str, str]) -> dict[str, Any]:
    with _load(name)(2, **options) as executor:
        [(number, command)] = executor.map(_command, [None], chunksize=1)
    return {"own process": number != os.getpid(), "command": command}


@pytest.mark.parametrize("name", ["pool", "process_pool", "processes", "mpire", "multiprocess", "pebble"])
@pytest.mark.parametrize(
    ("start_method", "mark"),
    [("fork", "import json"), ("spawn", ".spawn import"), ("forkserver", ".forkserver import")],
)
def test_workers_are_started_as_asked(name: str, start_method: str, mark: str) -> None:
    """Workers are started by the start method that was asked for."""
    _needs(name)
    worker = _elsewhere(_worker, name, {"start_method": start_method})
    assert worker["own process"]
    assert mark in worker["command"]


@pytest.mark.parametrize(
    ("backend", "own_process", "mark"),
    [("loky", True, "loky"), ("multiprocessing", True, "import json"), ("threading", False, "import json")],
)
def test_joblib_works_where_asked(backend: str, own_process: bool, mark: str) -> None:
    """The workers of joblib are those of the backend that was asked for."""
    worker = _elsewhere(_worker, "joblib", {"backend": backend})
    assert worker["own process"] is own_process
    assert mark in worker["command"]


# pool ---------------------------------------------------------------------------------------------------------------


def _pools_without_a_chunk_size() -> dict[str, list[Any]]:
    results = {}
    for way in _values("pool", "call"):
        with _load("pool")(2, call=way) as executor:
            results[way] = list(executor.map(neg, TASKS))
    return results


def test_a_pool_has_chunk_sizes_of_its_own() -> None:
    """Every call of a pool works without a chunk size: the library then chooses."""
    assert _elsewhere(_pools_without_a_chunk_size) == dict.fromkeys(_values("pool", "call"), WANTED)


def _type_of_the_default_executor() -> str:
    with _load("pool")(2) as executor:
        return type(executor).__module__


def test_the_default_call_has_nothing_of_ours_around_it() -> None:
    """By default the executor is the standard library's own Pool."""
    assert _elsewhere(_type_of_the_default_executor) == "multiprocessing.pool"


# processes ----------------------------------------------------------------------------------------------------------


def _processes_without_a_chunk_size() -> str:
    with _load("processes")(2) as executor:
        try:
            executor.map(neg, TASKS)
        except TypeError as error:
            return str(error)
    return ""


def test_processes_need_a_chunk_size() -> None:
    """`processes` has no chunk size of its own: leaving it out is a TypeError that names it."""
    assert "'chunksize'" in _elsewhere(_processes_without_a_chunk_size)


def _siblings(_: int) -> int:
    return len(psutil.Process(os.getppid()).children())


def _most_alive(max_workers: int) -> int:
    with _load("processes")(max_workers, start_method="fork") as executor:
        most: int = max(executor.map(_siblings, TASKS, chunksize=1))
    return most


@pytest.mark.parametrize("max_workers", [1, 2, 3])
def test_no_more_processes_than_workers(max_workers: int) -> None:
    """`processes` never has more than `max_workers` processes alive at once."""
    assert _elsewhere(_most_alive, max_workers) <= max_workers


def _killed(start_method: str) -> dict[str, Any]:
    with _load("processes")(2, start_method=start_method) as executor:
        seen: dict[str, Any] = {"error": _raised_by(executor, signal.raise_signal, [signal.SIGKILL], chunksize=1)}
        seen["after"] = list(executor.map(neg, TASKS, chunksize=5))
    return seen


@pytest.mark.parametrize("start_method", ["fork", "spawn", "forkserver"])
def test_a_killed_process_is_an_error(start_method: str) -> None:
    """A killed process of `processes` raises ChildProcessError with its exit code, and the executor maps on."""
    kind, message, _ = (seen := _elsewhere(_killed, start_method))["error"]
    assert kind == "ChildProcessError"
    assert "exit code" in message
    assert seen["after"] == WANTED


def _dies_above_a_child(fifo: Path) -> None:
    if os.fork() == 0:
        fifo.read_text()
        os._exit(0)
    os.kill(os.getpid(), signal.SIGKILL)


def _killed_above_a_child(start_method: str) -> list[str]:
    with tempfile.TemporaryDirectory() as folder, _load("processes")(1, start_method=start_method) as executor:
        fifo = Path(folder, "fifo")
        os.mkfifo(fifo)
        error = _raised_by(executor, _dies_above_a_child, [fifo], chunksize=1)
        fifo.write_text("end")
        return error


@pytest.mark.parametrize("start_method", ["fork", "spawn", "forkserver"])
def test_a_killed_process_is_noticed_while_its_own_child_lives(start_method: str) -> None:
    """A process of `processes` that is killed is an error at once, though a process that its task forked lives on."""
    assert _elsewhere(_killed_above_a_child, start_method)[0] == "ChildProcessError"


def _orphaned_with_a_large_answer(_: object) -> bytes:
    os.kill(os.getppid(), signal.SIGKILL)
    return bytes(10_000_000)


def _killed_program() -> None:
    with _load("processes")(1, start_method="fork") as executor:
        executor.map(_orphaned_with_a_large_answer, [None], chunksize=1)


def test_no_process_outlives_a_killed_program() -> None:
    """A process of `processes` ends when nobody is left to read its answer."""
    with pytest.raises(AssertionError, match="-9"):  # the program was killed, and its output ended with its process
        _elsewhere(_killed_program)


def _refused(max_workers: int, chunksize: int) -> str:
    try:
        with _load("processes")(max_workers) as executor:
            executor.map(neg, TASKS, chunksize=chunksize)
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("max_workers", "chunksize", "named"), [(0, 1, "max_workers"), (1, 0, "chunksize")])
def test_none_is_not_enough(max_workers: int, chunksize: int, named: str) -> None:
    """No workers, or chunks of no tasks, are an error of `processes` and not an empty result."""
    assert named in _elsewhere(_refused, max_workers, chunksize)


class NeedsTwo(Exception):
    """An exception that pickles, and cannot be unpickled."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(one + other)


def _refuse(_: object) -> None:
    raise NeedsTwo("a", "b")


def _failing_processes() -> dict[str, list[str]]:
    with _load("processes")(2, start_method="fork") as executor:
        return {
            "task": _raised_by(executor, int, FAILING, chunksize=1),
            "exception": _raised_by(executor, _refuse, FAILING, chunksize=1),
            "result": _raised_by(executor, call, [threading.Lock], chunksize=1),
        }


def test_failing_processes_say_why() -> None:
    """`processes` shows a task's own traceback, and says what of its exception or result cannot be pickled."""
    seen = _elsewhere(_failing_processes)
    assert "Traceback" in seen["task"][2]
    assert seen["exception"][:2] == ["RuntimeError", "NeedsTwo, which cannot be pickled: ab"]
    assert "_thread.lock" in seen["result"][1]


def _endless_then_broken(fifo: Path) -> Iterator[partial[str]]:
    yield partial(Path.read_text, fifo)
    raise LookupError("no more")


def _given_up() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, _load("processes")(2) as executor:
        fifo = Path(folder, "fifo")
        os.mkfifo(fifo)
        before = psutil.Process().num_fds()
        error = _raised_by(executor, call, _endless_then_broken(fifo), chunksize=1)
        return {"error": error, "left": _left_over(), "opened": psutil.Process().num_fds() - before}


def test_an_error_ends_the_other_processes() -> None:
    """`processes` ends what still runs when a map fails, and keeps no pipe open."""
    seen = _elsewhere(_given_up)
    assert seen == {"error": ["LookupError", "no more", "None"], "left": [], "opened": 0}


def _nested(task: int) -> list[int]:
    with _load("processes")(1, start_method="fork") as executor:
        return list(executor.map(neg, [task], chunksize=1))


def _processes_below_processes() -> list[Any]:
    with _load("processes")(2, start_method="fork") as executor:
        return list(executor.map(_nested, TASKS, chunksize=5))


def test_a_process_may_start_processes() -> None:
    """A task of `processes` may start processes of its own."""
    assert _elsewhere(_processes_below_processes) == [[task] for task in WANTED]


# joblib -------------------------------------------------------------------------------------------------------------


def _joblib_rounds(joblib_backend: str) -> list[int]:
    """The rounds whose results were not those of their own tasks, each after a round that raised."""
    wrong = []
    with _load("joblib")(2, backend=joblib_backend) as executor:
        for number in range(20):
            _raised_by(executor, int, [*"0123456"[: number % 7], "two", *"012345678901234"], chunksize=1)
            if list(executor.map(neg, TASKS, chunksize=1)) != WANTED:
                wrong.append(number)
    return wrong


@pytest.mark.parametrize("joblib_backend", ["threading", "multiprocessing"])
def test_joblib_mixes_no_results_of_a_failed_call(joblib_backend: str) -> None:
    """After a call that raised, joblib's next call gives its own results only."""
    assert _elsewhere(_joblib_rounds, joblib_backend) == []


def _arrays_in_workers(options: dict[str, Any]) -> dict[str, Any]:
    numpy = importlib.import_module("numpy")
    with _load("joblib")(2, **options) as executor:
        failed = _raised_by(executor, int, FAILING, chunksize=1)
        # Not `type` itself: joblib cannot wrap it on Python 3.12.
        kind = attrgetter("__class__.__name__")
        kinds = list(executor.map(kind, [numpy.zeros(1000), numpy.zeros(1_000_000)], chunksize=1))
    return {"failed": failed[0], "kinds": kinds, "left": _left_over()}


@pytest.mark.parametrize(("options", "kind"), [({}, "memmap"), ({"max_nbytes": None}, "ndarray")])
def test_joblib_maps_large_arrays(options: dict[str, Any], kind: str) -> None:
    """Arrays above `max_nbytes` reach joblib's processes memory-mapped, after an error too, and leave no file."""
    assert _elsewhere(_arrays_in_workers, options) == {"failed": "ValueError", "kinds": ["ndarray", kind], "left": []}


# mpire --------------------------------------------------------------------------------------------------------------


def test_threads_of_mpire_are_threads() -> None:
    """With the start method `threading`, the workers of `mpire` are threads of the program."""
    _needs("mpire")
    assert not _elsewhere(_worker, "mpire", {"start_method": "threading"})["own process"]


def _workers_of_two_maps(keep_alive: bool) -> list[list[int]]:
    with _load("mpire")(1, keep_alive=keep_alive) as executor:
        return [list(executor.map(call, [os.getpid], chunksize=1)) for _ in range(2)]


@pytest.mark.parametrize("keep_alive", [True, False])
def test_mpire_keeps_its_workers_if_asked(keep_alive: bool) -> None:
    """A second map of `mpire` has the workers of the first with `keep_alive`, and new ones without."""
    _needs("mpire")
    first, second = _elsewhere(_workers_of_two_maps, keep_alive)
    assert (first == second) is keep_alive


def _arrays_and_tuples() -> list[Any]:
    numpy = importlib.import_module("numpy")
    with _load("mpire")(2) as executor:
        arrays = list(executor.map(numpy.array, [[1, 2], [3]], chunksize=1))
        return [[array.tolist() for array in arrays], list(executor.map(len, [(1, 2), {"a": 1}], chunksize=1))]


def test_mpire_takes_nothing_apart_and_joins_nothing() -> None:
    """A task of `mpire` that is a tuple or a dict is one argument, and results that are arrays stay apart."""
    _needs("mpire")
    assert _elsewhere(_arrays_and_tuples) == [[[1, 2], [3]], [2, 1]]


def _causes_of_mpire() -> list[str]:
    with _load("mpire")(2) as executor:
        return _raised_by(executor, int, FAILING, chunksize=1)


def test_tracebacks_of_mpire_have_no_colours() -> None:
    """The traceback of a task of `mpire` has no codes of a terminal."""
    _needs("mpire")
    cause = _elsewhere(_causes_of_mpire)[2]
    assert "Traceback" in cause
    assert "\x1b" not in cause


# mpi ----------------------------------------------------------------------------------------------------------------


def _mapped_by_mpi() -> list[list[str]]:
    read = partial(Path.read_text, Path("/proc/self/maps"))
    with _load("mpi")(2) as executor:
        maps = [read(), *executor.map(call, [read], chunksize=1)]
    return [[line for line in mapped.splitlines() if "/mpich_shm_" in line] for mapped in maps]


@pytest.mark.skipif(sys.platform != "linux", reason="reads what a process has mapped")
def test_shared_memory_of_mpi_has_no_names() -> None:
    """While MPI's processes work, their shared memory has no name, so that nothing is left if they are killed."""
    _needs("mpi")
    own, workers = _elsewhere(_mapped_by_mpi)
    assert own
    assert workers
    assert all(line.endswith("(deleted)") for line in own + workers)


# Functions by value, dead workers, time limits ------------------------------------------------------------------------


def _by_value(name: str, options: dict[str, Any]) -> list[list[int]]:
    step = 5
    with _load(name)(2, **options) as executor:
        return [
            list(executor.map(lambda task: -task, TASKS, chunksize=3)),
            list(executor.map(lambda task: task + step, TASKS, chunksize=3)),
        ]


@pytest.mark.parametrize(("name", "dill"), [("multiprocess", {}), ("mpire", {"use_dill": True})])
def test_dill_sends_functions_by_value(name: str, dill: dict[str, Any]) -> None:
    """With dill, lambdas and closures reach workers that inherit nothing, and one map's follow another's."""
    _needs(name)
    sent = _elsewhere(_by_value, name, {**dill, "start_method": "spawn"})
    assert sent == [WANTED, [task + 5 for task in TASKS]]


def _with_trouble(name: str, options: dict[str, Any], trouble: str) -> dict[str, Any]:
    """Map where a task kills its worker, or never ends, and then again."""
    with tempfile.TemporaryDirectory() as folder, _load(name)(2, **options) as executor:
        fifo = Path(folder, "fifo")
        os.mkfifo(fifo)
        task = {"dies": partial(signal.raise_signal, signal.SIGKILL), "never ends": partial(Path.read_text, fifo)}
        error = _raised_by(executor, call, [task[trouble]], chunksize=1)
        return {"error": error[0], "after": list(executor.map(neg, TASKS, chunksize=3))}


@pytest.mark.parametrize(
    ("name", "chosen", "trouble", "error"),
    [
        ("mpire", {}, "dies", "RuntimeError"),
        ("pebble", {"start_method": "forkserver"}, "dies", "ProcessExpired"),
        ("mpire", {"task_timeout": 0.2}, "never ends", "TimeoutError"),
        ("pebble", {"start_method": "forkserver", "timeout": 0.2}, "never ends", "TimeoutError"),
    ],
)
def test_workers_that_die_or_hang_are_replaced(name: str, chosen: dict[str, Any], trouble: str, error: str) -> None:
    """A worker that dies, or exceeds the time limit, is the library's own error, and the next map works."""
    _needs(name)
    assert _elsewhere(_with_trouble, name, chosen, trouble) == {"error": error, "after": WANTED}


def _left_while_a_task_waits() -> str:
    with tempfile.TemporaryDirectory() as folder:
        fifo = Path(folder, "fifo")
        os.mkfifo(fifo)
        try:
            with _load("pebble")(2) as executor:
                list(executor.map(call, [partial(int, "two"), partial(Path.read_text, fifo)], chunksize=1))
        except ValueError as error:
            return str(error)
    return ""


@pytest.mark.parametrize("catch", [False, True])
def test_engine_that_has_only_submit(catch: bool) -> None:
    """`Chunks` maps over an engine's `submit`, in order, and raises what a task raises with the worker's traceback."""
    with ProcessPoolExecutor(1) as engine:
        executor = Chunks(engine.submit, catch=catch, ahead=2)
        assert executor.map(neg, iter(TASKS), chunksize=3) == WANTED
        assert [*executor.imap(neg, iter(TASKS), chunksize=3)] == WANTED
        with pytest.raises(TypeError) as caught:
            executor.map(neg, FAILING, chunksize=3)
        assert "bad operand" in str(caught.value.__cause__)


def test_stream_of_such_an_engine_takes_few_tasks_ahead() -> None:
    """A stream through `Chunks` takes no more tasks ahead of the results than it was told to."""
    tasks = iter(range(1_000))
    with ProcessPoolExecutor(1) as engine:
        results = Chunks(engine.submit, ahead=2).imap(neg, tasks, chunksize=3)
        assert next(results) == 0
        assert next(tasks) == 9  # three chunks: the one that came back, and two under way


@pytest.mark.parametrize("catch", [False, True])
def test_single_calls_of_such_an_engine(catch: bool) -> None:
    """`Chunks` passes single calls on, whose futures give the result or the exception, and call back."""
    done: SimpleQueue[Any] = SimpleQueue()
    with ProcessPoolExecutor(1) as engine:
        executor = Chunks(engine.submit, catch=catch)
        future = executor.submit(pow, 2, 5)
        future.add_done_callback(done.put)
        assert future.result(30) == 32
        assert done.get(timeout=30).result() == 32
        assert not future.cancel()
        with pytest.raises(TypeError, match="bad operand"):
            executor.submit(neg, FAILING[-1]).result(30)


@pytest.mark.parametrize(("name", "option"), [("executorlib", "scheduler"), ("submitit", "cluster")])
def test_scheduler_that_is_not_here(monkeypatch: pytest.MonkeyPatch, name: str, option: str) -> None:
    """Without the program of the scheduler that is asked for, a backend says which one it needs."""
    _needs(name)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable, match="there is no srun here"), _load(name)(2, **{option: "slurm"}):
        pass


@pytest.mark.parametrize(("home", "where"), [(None, "on the PATH"), ("/nowhere", "in JAVA_HOME, /nowhere")])
def test_spark_without_java(monkeypatch: pytest.MonkeyPatch, home: str | None, where: str) -> None:
    """Without Java, `spark` says which versions it needs, and where it has looked."""
    _needs("spark")
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    if home is not None:
        monkeypatch.setenv("JAVA_HOME", home)
    with pytest.raises(Unavailable, match=f"needs Java 17 or newer, and there is none {where}"), _load("spark")(2):
        pass


def test_joblib_without_its_engine() -> None:
    """If the library of joblib's engine is missing, the command that installs it is given."""
    if find_spec("joblibspark") is not None:
        pytest.skip("joblibspark is installed")
    with pytest.raises(Unavailable, match=r"pip install 'execbench\[spark\]'"), _load("joblib")(2, backend="spark"):
        pass


def test_leaving_pebble_waits_for_no_task() -> None:
    """An error leaves `pebble` at once, though another task of the failed map still waits."""
    _needs("pebble")
    assert "'two'" in _elsewhere(_left_while_a_task_waits)


# Existing clusters --------------------------------------------------------------------------------------------------


def _not_answered(name: str, speaks: bool) -> dict[str, Any]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        if not speaks:
            server.close()
        start = time.monotonic()
        try:
            with _load(name)(2, address=address):
                pass
        except ConnectionError as error:
            return {"in time": time.monotonic() - start < 15, "named": address in str(error)}
    return {}


@pytest.mark.parametrize(("name", "library"), [("dask", "distributed"), ("ray", "ray")])
@pytest.mark.parametrize("speaks", [False, True], ids=["nobody", "somebody_silent"])
def test_a_cluster_that_does_not_answer_is_an_error(name: str, library: str, speaks: bool) -> None:
    """Where no cluster answers, a ConnectionError names the address within 15 s, also where a server says nothing."""
    pytest.importorskip(library)
    assert _elsewhere(_not_answered, name, speaks) == {"in time": True, "named": True}


# dask ---------------------------------------------------------------------------------------------------------------


def _once(path: Path) -> str:
    """End the worker that comes first, and answer the one that comes then."""
    if path.exists():
        return "survived"
    path.touch()
    os._exit(1)


def _dask_with_dying_workers() -> list[str]:
    with tempfile.TemporaryDirectory() as folder, _load("dask")(1) as executor:
        return list(executor.map(_once, [Path(folder, str(number)) for number in range(2)], chunksize=1))


def test_dask_survives_its_only_worker() -> None:
    """Where the only worker of `dask` dies, the next one does its task again."""
    pytest.importorskip("distributed")
    assert _elsewhere(_dask_with_dying_workers) == ["survived", "survived"]


_MEETINGS = {count: threading.Barrier(count) for count in (2, 3)}


def _meet(count: int) -> bool:
    try:
        _MEETINGS[count].wait(0.5)
    except threading.BrokenBarrierError:
        return False
    return True


def _meet_but_once(task: int | None) -> bool:
    return _meet(3) if task is None else bool(1 / task)


def _dask_with_more_threads() -> dict[str, Any]:
    """Two workers are asked for on a cluster that runs four tasks at once."""
    cluster = importlib.import_module("distributed").LocalCluster(
        n_workers=1, threads_per_worker=4, processes=False, dashboard_address="127.0.0.1:0", silence_logs=50
    )
    with cluster, _load("dask")(2, address=cluster.scheduler_address) as executor:
        return {
            "workers": executor.cluster["workers"],
            "two meet": any(executor.map(_meet, [2] * 2, chunksize=1)),
            "order": list(executor.map(neg, TASKS, chunksize=3)),
            "error": _raised_by(executor, _meet_but_once, [None, 0, None, None], chunksize=1)[0],
            "three meet": any(executor.map(_meet, [3] * 5, chunksize=1)),
            "too few": _raised_by_opening(5, cluster.scheduler_address),
        }


def _raised_by_opening(max_workers: int, address: str) -> str:
    try:
        with _load("dask")(max_workers, address=address):
            return ""
    except ValueError as error:
        return str(error).replace(address, "ADDRESS")


def test_dask_never_works_on_more_than_it_may(tmp_path: Path) -> None:
    """`dask` has just `max_workers` chunks worked on at once on a larger cluster; a smaller one is an error."""
    pytest.importorskip("distributed")
    assert _elsewhere(_dask_with_more_threads, DASK_TEMPORARY_DIRECTORY=str(tmp_path)) == {
        "workers": 1,
        "two meet": True,
        "order": WANTED,
        "error": "ZeroDivisionError",
        "three meet": False,
        "too few": "the workers of the cluster at ADDRESS have 4 threads, but max_workers is 5",
    }


# ray ----------------------------------------------------------------------------------------------------------------


def _wait(path: Path) -> None:
    while not path.exists():
        time.sleep(0.01)


def _ray_after_an_error() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, _load("ray")(2) as executor:
        waiting = [partial(_wait, Path(folder, "never"))] * 4
        error = _raised_by(executor, call, [partial(int, "two"), *waiting], chunksize=1)
        return {"error": error[0], "next": list(executor.map(neg, TASKS, chunksize=1))}


def test_ray_gives_up_what_a_failed_map_has_begun() -> None:
    """A map of `ray` does not wait for the tasks of one that has failed."""
    pytest.importorskip("ray")
    assert _elsewhere(_ray_after_an_error) == {"error": "ValueError", "next": WANTED}
