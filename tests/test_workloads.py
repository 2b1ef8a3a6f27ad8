"""What every workload of the catalogue guarantees, and what individual ones guarantee in addition."""

from __future__ import annotations

import ast
import hashlib
import importlib
import inspect
import json
import math
import os
import pickle
import pkgutil
import socket
import subprocess
import sys
import threading
import tracemalloc
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, get_origin

import psutil
import pytest

from execbench import Workload
from execbench.lane.coroutines import in_turn
from execbench.lane.judging import judge
from execbench.lane.messages import LaneFailure
from execbench.lane.preparing import with_options

CATALOGUE = Path(str(importlib.import_module("execbench.workloads").__file__)).parent
NAMES = [module.name for module in pkgutil.iter_modules([str(CATALOGUE)])]

PANDAS = {"dataframe_chunks", "dataframe_columns", "dataframe_rows"}
NUMPY = PANDAS | {"matmul", "monte_carlo_pi", "payload", "shared_table"}

SHARED_BYTES = 4_000_000
"""Of what all tasks of a workload share here."""

ALIKE = ("dataframe_chunks", "dataframe_columns", "dataframe_rows", "howmany_within_range", "normalise_rows")
"""The tutorial's functions with equal results for some tasks: a shape, a sum over a narrow range, the hypotenuse of
small numbers, a count from 0 to 5, and two printed rows with the same result. Stamped tasks prove their order."""

THIRD = 1 / 3
PRINTED: dict[str, tuple[dict[str, int], list[Any]]] = {
    "cube": ({}, [0, 1, 8, 27, 64, 125]),
    "dataframe_rows": ({}, [9.43, 5.83, 5.0, 5.66, 11.4]),
    "dataframe_columns": ({"rows": 5}, [163, 147]),
    "dataframe_chunks": ({"rows": 500}, [(125, 2), (125, 2), (125, 2), (125, 2)]),
    "common_items": ({}, [[2, 3], [6], [11, 12], [21]]),
    "run_scripts": (
        {},
        ["script 1 was given 0\n", "script 2 squares it: 1\n", "script 3 counts to it: 0 1 2\n"],
    ),
    "normalise_rows": (
        {},
        [[0, THIRD, 2 * THIRD, 1], [0, 0.5, 2 * THIRD, 1], [0, THIRD, 2 * THIRD, 1], [0, 0.6, 0.8, 1]],
    ),
}
"""The tutorial's printed cases: their options, and the results of the first tasks."""


def _module(name: str) -> ModuleType:
    if name in PANDAS:
        pytest.importorskip("pandas")
    return importlib.import_module(f"execbench.workloads.{name}")


def _load(name: str) -> Workload:
    workload = _module(name).workload
    assert isinstance(workload, Workload)
    return workload


def _source(name: str) -> str:
    return (CATALOGUE / f"{name}.py").read_text(encoding="utf-8")


def _options(workload: Workload) -> list[inspect.Parameter]:
    return list(inspect.signature(workload.tasks, eval_str=True).parameters.values())[1:]


def _results(workload: Workload, tasks: Sequence[Any]) -> list[Any]:
    options = {option.name: option.default for option in _options(workload)}
    if workload.setup is not None:
        workload.setup(**options)
    if workload.shared is None:
        return [workload.fn(task) for task in tasks]
    shared = workload.shared(len(tasks), **{**options, "nbytes": SHARED_BYTES})
    return [workload.fn(task, shared) for task in tasks]


def _is_right(workload: Workload, results: Sequence[Any], expected: Sequence[Any]) -> bool:
    try:
        judge(workload, results, expected)
    except LaneFailure:
        return False
    return True


def _pickles(values: Sequence[Any]) -> list[bytes]:
    """Pickle each value separately, as comparing arrays and frames with `==` gives no single answer."""
    return [pickle.dumps(value) for value in values]


def _digest(name: str) -> str:
    pickles = _pickles(list(_load(name).tasks(7)))
    return hashlib.sha256(b"".join(pickles)).hexdigest()


every_workload = pytest.mark.parametrize("name", NAMES)


# Every workload.


@every_workload
def test_first_line_of_docstring_describes(name: str) -> None:
    """The first line of a workload's docstring is one sentence, as `execbench list` shows it."""
    first, *rest = (ast.get_docstring(ast.parse(_source(name))) or "").splitlines()
    assert first.endswith(".")
    assert 20 < len(first) < 115
    assert not any(rest[:1])


@every_workload
def test_imports_no_other_workload(name: str) -> None:
    """No workload imports another, so each can be deleted without breaking the rest."""
    nodes = ast.walk(ast.parse(_source(name)))
    imported = [
        "." * node.level + (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
        for node in nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    ]
    assert not [found for found in imported if found.startswith((".", "execbench."))]


@every_workload
def test_options_can_be_written(name: str) -> None:
    """Every option is keyword-only, has a default, and has a type that can be written on a command line."""
    for option in _options(_load(name)):
        assert option.kind is inspect.Parameter.KEYWORD_ONLY
        assert option.default is not inspect.Parameter.empty
        assert option.annotation in (int, float, bool, str) or get_origin(option.annotation) is Literal


@every_workload
@pytest.mark.parametrize("size", [1, 2, 7, 50])
def test_size_is_number_of_tasks(name: str, size: int) -> None:
    """`tasks(size)` returns exactly `size` tasks."""
    assert len(list(_load(name).tasks(size))) == size


@every_workload
def test_tasks_are_same_on_every_call(name: str) -> None:
    """`tasks` restarts its seeded streams on each call."""
    workload = _load(name)
    assert _pickles(list(workload.tasks(7))) == _pickles(list(workload.tasks(7)))


@cache
def _digests_elsewhere() -> dict[str, str]:
    """Return the digests of all tasks, as an interpreter with a different hash seed makes them."""
    program = (
        "import hashlib, importlib, json, pickle, sys\n"
        "digests = {}\n"
        "for name in sys.argv[1:]:\n"
        "    try: workload = importlib.import_module('execbench.workloads.' + name).workload\n"
        "    except ModuleNotFoundError: continue\n"
        "    pickles = [pickle.dumps(task) for task in workload.tasks(7)]\n"
        "    digests[name] = hashlib.sha256(b''.join(pickles)).hexdigest()\n"
        "print(json.dumps(digests))"
    )
    digests: dict[str, str] = json.loads(_run(program, *NAMES, PYTHONHASHSEED="1"))
    return digests


def _run(program: str, *arguments: str, **environment: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    environ = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=environ).stdout


@every_workload
def test_tasks_are_same_in_every_process(name: str) -> None:
    """Every process makes the same tasks, as all lanes of a race need the same ones."""
    assert _digest(name) == _digests_elsewhere()[name]


@pytest.mark.parametrize("name", [name for name in NAMES if "seed: int" in _source(name)])
def test_seed_changes_tasks(name: str) -> None:
    """Another seed makes different tasks."""
    tasks = _load(name).tasks
    assert _pickles(list(tasks(7, seed=1))) != _pickles(list(tasks(7, seed=0)))


@every_workload
def test_function_survives_pickling(name: str) -> None:
    """Workers can import `fn` by name."""
    fn = _load(name).fn
    assert pickle.loads(pickle.dumps(fn)) is fn


@every_workload
def test_tasks_survive_pickling(name: str) -> None:
    """A task that was sent to a worker has the same result."""
    workload = _load(name)
    tasks = list(workload.tasks(3))
    assert _is_right(workload, _results(workload, pickle.loads(pickle.dumps(tasks))), _results(workload, tasks))


@every_workload
def test_results_survive_pickling(name: str) -> None:
    """A result that was sent back from a worker equals the original."""
    workload = _load(name)
    results = _results(workload, list(workload.tasks(3)))
    assert _is_right(workload, pickle.loads(pickle.dumps(results)), results)


@every_workload
def test_function_does_not_modify_its_task(name: str) -> None:
    """`fn` does not modify its task, as threads and rounds share the tasks."""
    workload = _load(name)
    tasks = list(workload.tasks(7))
    before = _pickles(tasks)
    _results(workload, tasks)
    assert _pickles(tasks) == before


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ALIKE])
def test_results_tell_tasks_apart(name: str) -> None:
    """No two tasks of a default round have the same result, so a wrong order is always detected."""
    workload = _load(name)
    results = _pickles(_results(workload, list(workload.tasks(workload.size))))
    assert len(set(results)) == workload.size


def test_alike_workloads_exist() -> None:
    """Every workload listed as having equal results exists."""
    assert set(ALIKE) <= set(NAMES)


def test_workers_need_no_numpy() -> None:
    """Workloads that do not use NumPy in their tasks do not import it in workers."""
    program = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]: importlib.import_module('execbench.workloads.' + name)\n"
        "fn = sys.modules['execbench.workloads.howmany_within_range'].workload.fn\n"
        "print(fn([3, 4, 8, 9, 5]), 'numpy' in sys.modules)"
    )
    assert _run(program, *(name for name in NAMES if name not in NUMPY)) == "3 False\n"


# The tutorial.


@pytest.mark.parametrize("name", PRINTED)
def test_printed_case(name: str) -> None:
    """The tutorial's printed case has the printed results."""
    options, expected = PRINTED[name]
    workload = _load(name)
    assert _results(workload, list(workload.tasks(len(expected), **options))) == (
        [pytest.approx(row) for row in expected] if name == "normalise_rows" else expected
    )


@pytest.mark.parametrize("name", ["common_items", "dataframe_rows", "normalise_rows", "run_scripts"])
def test_printed_tasks_come_first(name: str) -> None:
    """A larger round starts with the printed case."""
    tasks = _load(name).tasks
    printed = len(PRINTED[name][1])
    assert list(tasks(printed + 20))[:printed] == list(tasks(printed))


def test_columns_begin_with_printed_case() -> None:
    """A larger frame has the printed one in its top left corner."""
    columns = list(_load("dataframe_columns").tasks(7, rows=30))
    assert [column.tolist()[:5] for column in columns[:2]] == [[8, 5, 3, 4, 7], [5, 3, 4, 4, 9]]


def test_rows_match_the_tutorial() -> None:
    """The rows are made by the documented call, and the counts are right."""
    np = pytest.importorskip("numpy")
    workload = _load("howmany_within_range")
    rows = np.random.default_rng(3).integers(0, 10, (100, 5)).tolist()
    assert list(workload.tasks(100, seed=3)) == rows
    assert _results(workload, rows) == [sum(number in {4, 5, 6, 7, 8} for number in row) for row in rows]


def test_rows_of_frame_are_plain_tuples() -> None:
    """Rows are plain tuples of ints, so workers need no pandas to unpack them."""
    for row in _load("dataframe_rows").tasks(9):
        assert type(row) is tuple
        assert [type(number) for number in row] == [int, int]


@pytest.mark.parametrize(("size", "rows"), [(1, 500), (3, 500), (7, 501), (50, 20)])
def test_rows_of_chunks_add_up(size: int, rows: int) -> None:
    """Splitting a frame neither loses nor duplicates rows, and chunk lengths differ by at most one."""
    workload = _load("dataframe_chunks")
    shapes = _results(workload, list(workload.tasks(size, rows=rows)))
    assert sum(height for height, _ in shapes) == rows
    assert max(shapes)[0] - min(shapes)[0] <= 1
    assert {width for _, width in shapes} == {2}


def test_constant_row_is_normalised_to_zeros() -> None:
    """A constant row does not cause a division by zero."""
    assert _load("normalise_rows").fn([4, 4]) == [0.0, 0.0]


# Comparisons beyond plain equality.

Damage = Callable[[list[Any]], list[Any]]

DAMAGES: dict[str, Damage] = {
    "swapped": lambda results: [results[1], results[0], *results[2:]],
    "missing": lambda results: results[:-1],
    "doubled": lambda results: [*results, results[-1]],
    "none at all": lambda _: [],
    "wrong": lambda results: [results[0] + 1, *results[1:]],
    "nothing": lambda results: [None, *results[1:]],
}


@pytest.mark.parametrize("name", ["matmul", "payload"])
def test_equal_accepts_what_is_right(name: str) -> None:
    """Two equal rounds are right."""
    workload = _load(name)
    tasks = list(workload.tasks(4))
    assert _is_right(workload, _results(workload, tasks), _results(workload, tasks))


@pytest.mark.parametrize("name", ["matmul", "payload"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_equal_rejects_what_is_wrong(name: str, damage: str) -> None:
    """Unexpected results are rejected, by the workload's own comparison or by ours."""
    workload = _load(name)
    results = _results(workload, list(workload.tasks(4)))
    assert not _is_right(workload, DAMAGES[damage](results), results)


def test_equal_payload_has_equal_bytes() -> None:
    """Arrays that differ in one byte, in type or in shape are not equal."""
    np = pytest.importorskip("numpy")
    equal = partial(_is_right, _load("payload"))
    array = np.arange(8, dtype=np.uint8)
    other = array.copy()
    other[5] ^= 1
    assert not equal([other], [array])
    assert not equal([array.astype(np.int64)], [array])
    assert not equal([array.reshape(2, 4)], [array])
    assert not equal([array.tolist()], [array])


def test_equal_products_may_differ_in_last_bits() -> None:
    """Products may differ in their last bits, as BLAS rounds differently with more threads, but not by more."""
    equal = partial(_is_right, _load("matmul"))
    assert equal([math.nextafter(36.5, 40)], [36.5])
    assert not equal([36.5 * (1 + 1e-9)], [36.5])
    assert not equal([math.nan], [36.5])
    assert not equal(["36.5"], [36.5])


# Individual workloads.


def test_product_is_right() -> None:
    """The trace of a product equals the sum of one matrix times the other's transpose."""
    np = pytest.importorskip("numpy")
    left, right = np.random.default_rng([0, 5]).random((2, 6, 6))
    assert _load("matmul").fn((0, 5, 6)) == pytest.approx((left * right.T).sum())


def test_points_lie_around_pi() -> None:
    """The mean over all tasks' independent points is close to pi."""
    workload = _load("monte_carlo_pi")
    numbers, estimates = zip(*_results(workload, list(workload.tasks(64))), strict=True)
    assert numbers == tuple(range(64))
    assert sum(estimates) / 64 == pytest.approx(math.pi, abs=0.005)
    assert len(set(estimates)) > 32


def test_all_words_are_counted() -> None:
    """The counts match the text."""
    workload = _load("word_count")
    for text in workload.tasks(3, words=50):
        assert workload.fn(text) == Counter(text.split())
        assert sum(workload.fn(text).values()) == 50


def test_text_is_compressed() -> None:
    """The text is ASCII, has the requested length, and is compressed by zlib."""
    workload = _load("compress")
    for text in workload.tasks(3, nbytes=1001):
        length, checksum = workload.fn(text)
        assert len(text) == 1001
        assert text.isascii()
        assert length < 700
        assert checksum == zlib.crc32(zlib.compress(text, 6))


def test_payload_comes_back_as_large_and_different() -> None:
    """Each task returns a new array of the same size with different bytes."""
    np = pytest.importorskip("numpy")
    workload = _load("payload")
    for task in workload.tasks(3, nbytes=100):
        result = workload.fn(task)
        assert task.nbytes == result.nbytes == 100
        assert not np.shares_memory(task, result)
        assert (task + result == 255).all()


def test_long_tasks_come_first() -> None:
    """The long tasks come first, with the number of steps that the options say."""
    tasks = _load("imbalance").tasks(20, steps=3, long_share=0.1, long_factor=7)
    assert [steps for _, steps in tasks] == [21, 21] + [3] * 18


def test_there_is_always_a_long_task() -> None:
    """Even the smallest round is uneven."""
    assert [steps for _, steps in _load("imbalance").tasks(2, steps=3, long_factor=7)] == [21, 3]


def test_steps_are_carried_by_each_task() -> None:
    """The option reaches the worker as part of the task."""
    assert list(_load("spin").tasks(3, steps=9)) == [(0, 9), (1, 9), (2, 9)]


@pytest.mark.parametrize("io", ["blocking", "asyncio"])
@pytest.mark.parametrize("milliseconds", [0.0, 0.5])
def test_number_goes_through_the_socket(milliseconds: float, io: str) -> None:
    """A task returns the number that arrived on its connection, with or without a wait."""
    assert in_turn(with_options(_load("wait"), {"io": io}).fn, [(300, milliseconds)]) == [300]


@pytest.mark.parametrize("io", ["blocking", "asyncio"])
def test_wait_leaves_nothing_open(io: str) -> None:
    """Neither a socket nor a thread outlives the task."""
    workload = with_options(_load("wait"), {"io": io})
    process = psutil.Process()
    before = process.num_fds(), threading.active_count()
    in_turn(workload.fn, workload.tasks(20, milliseconds=0.0))
    assert (process.num_fds(), threading.active_count()) == before


def test_wait_gives_its_port_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The port is free immediately, as a long race would otherwise run out of ports."""
    create_server = socket.create_server
    addresses = []

    def noting(address: tuple[str, int]) -> socket.socket:
        server = create_server(address)
        addresses.append(server.getsockname())
        return server

    monkeypatch.setattr(socket, "create_server", noting)
    _load("wait").fn((1, 0.0))
    (address,) = addresses
    with socket.socket() as another:
        another.bind(address)


# What all tasks share.


@pytest.mark.parametrize("name", ["shared_graph", "shared_table"])
def test_shared_object_has_the_wanted_size(name: str) -> None:
    """What all tasks share occupies about as many bytes as the option says."""
    workload = _load(name)
    options = {option.name: option.default for option in _options(workload)}
    assert workload.shared is not None
    tracemalloc.start()
    try:
        kept = workload.shared(1, **{**options, "nbytes": SHARED_BYTES})
        occupied, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept is not None
    assert occupied == pytest.approx(SHARED_BYTES, rel=0.15)


def test_table_can_be_sent_with_each_task() -> None:
    """`sent=each_task` puts the table into the tasks, with the same results."""
    workload = _load("shared_table")
    assert workload.shared is not None
    assert workload.shared(3, nbytes=SHARED_BYTES, sent="each_task") is None
    tasks = workload.tasks(3, nbytes=SHARED_BYTES, sent="each_task")
    assert [workload.fn(task, None) for task in tasks] == _results(workload, list(workload.tasks(3)))
