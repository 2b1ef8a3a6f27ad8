"""Traces: what one instrumented round records about each task, and how its worker-seconds are split."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from execbench.errors import BadInput
from execbench.records import artifact
from execbench.records.record import Record, Trace, Worker
from execbench.report.splits import split

Command = Callable[..., CompletedProcess[str]]

BACKENDS = ("pool", "processes", "threads")
LITTLE = ("--launches", "2", "--max-time", "0.01", "--size", "24")


@pytest.fixture(scope="module")
def run(execbench: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the artifact of a traced race."""
    path = tmp_path_factory.mktemp("trace") / "run.json"
    backends = [word for name in BACKENDS for word in ("-b", name)]
    finished = execbench("run", "-w", "spin", *backends, *LITTLE, "--max-workers", "2", "--trace", "--json", path)
    assert finished.returncode == 0, finished.stderr
    assert "Where the worker-seconds of one round went:" in finished.stdout
    return path


def records(path: Path) -> dict[str, Record]:
    """Return the records of an artifact by backend."""
    return {record.backend: record for record in artifact.read(path).records}


def trace_of(record: Record) -> Trace:
    """Return the trace of a record that has one."""
    assert isinstance(record.trace, Trace)
    return record.trace


@pytest.mark.parametrize("backend", ["serial", *BACKENDS])
def test_every_task_is_traced(run: Path, backend: str) -> None:
    """A trace has a span within the round for each task, on no more workers at once than exist."""
    record = records(run)[backend]
    trace = trace_of(record)
    assert len(trace.start) == len(trace.end) == len(trace.worker) == record.size
    assert all(0 <= start < end <= trace.wall_seconds for start, end in zip(trace.start, trace.end, strict=True))
    assert set(trace.worker) == set(range(len(trace.workers)))
    moments = [sum(s <= start < e for s, e in zip(trace.start, trace.end, strict=True)) for start in trace.start]
    assert max(moments) <= record.max_workers


@pytest.mark.parametrize("backend", ["serial", *BACKENDS])
def test_parts_of_real_rounds_add_up(run: Path, backend: str) -> None:
    """The parts of a real round add up to its workers times its time, and some of it is running tasks."""
    record = records(run)[backend]
    found = split(trace_of(record), record.max_workers)
    assert found.adds_up
    assert found.parts["run"] > 0


def test_who_the_workers_are(run: Path) -> None:
    """The serial loop runs in one place, a pool's workers existed before, and a process for each chunk starts up."""
    found = {name: trace_of(record) for name, record in records(run).items()}
    assert len(found["serial"].workers) == 1
    assert not any(worker.new for name in ("serial", "pool", "threads") for worker in found[name].workers)
    assert all(worker.new for worker in found["processes"].workers)
    assert split(found["processes"], 2).parts["start-up"] > 0 == split(found["pool"], 2).parts["start-up"]
    assert found["threads"].pickled_bytes == found["threads"].serialise_seconds == 0
    assert found["pool"].pickled_bytes > 0 < found["pool"].serialise_seconds


def test_traced_round_is_no_sample(run: Path) -> None:
    """The traced round is not one of the timed rounds."""
    record = records(run)["pool"]
    assert record.heats == len(record.samples)
    assert trace_of(record).wall_seconds not in record.samples.seconds


def test_without_the_option_nothing_is_traced(execbench: Command, tmp_path: Path) -> None:
    """Without --trace, neither the artifact nor the tables hold a trace."""
    path = tmp_path / "run.json"
    finished = execbench("run", "-w", "spin", "-b", "threads", *LITTLE, "--json", path)
    assert finished.returncode == 0, finished.stderr
    assert "worker-seconds" not in finished.stdout
    assert all("trace" not in entry["extra_info"]["execbench"] for entry in json.loads(path.read_text())["benchmarks"])


def test_results_of_the_traced_round_are_checked(execbench: Command, tmp_path: Path) -> None:
    """A backend whose results are wrong only in the traced round fails."""
    (tmp_path / "sly.py").write_text(
        "class Sly:\n"
        "    def map(self, fn, tasks, /, *, chunksize):\n"
        "        results = [fn(task) for task in tasks]\n"
        "        return results[::-1] if type(fn).__name__ == 'Traced' else results\n"
        "    def __enter__(self):\n        return self\n"
        "    def __exit__(self, *error):\n        pass\n"
        "def backend(max_workers, /):\n    return Sly()\n"
    )
    finished = execbench("run", "-w", "spin", "-b", tmp_path / "sly.py", *LITTLE, "--trace", cwd=tmp_path)
    assert finished.returncode == 1
    assert "wrong_result" in finished.stdout


spans = st.lists(
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.integers(0, 2)),
    max_size=20,
)


@given(spans, st.lists(st.booleans(), min_size=3, max_size=3), st.integers(3, 6), st.floats(0, 2))
def test_split_is_never_negative(
    tasks: list[tuple[float, float, int]], new: list[bool], max_workers: int, serialise: float
) -> None:
    """No part is ever negative, and if workers ran one task at a time, the parts add up."""
    apart: list[tuple[float, float, int]] = []
    for start, end, worker in sorted(tasks):
        if start <= end and all(end_ <= start for _, end_, other in apart if other == worker):
            apart.append((start, end, worker))
    forward = [(min(start, end), max(start, end), worker) for start, end, worker in tasks]
    for chosen in (forward, apart):
        workers = [Worker(number, number, is_new) for number, is_new in enumerate(new)]
        columns = [list(column) for column in zip(*chosen, strict=True)] or [[], [], []]
        found = split(Trace(1.0, 1.0, serialise, 0, workers, *columns), max_workers)
        assert all(seconds >= 0 for seconds in found.parts.values())
    assert found.adds_up
    assert sum(found.parts.values()) == pytest.approx(max_workers)


def test_tasks_that_overlap_do_not_add_up() -> None:
    """Parts do not add up if a worker claims two tasks at once, or if its clock differs."""
    alone = Trace(1.0, 1.0, 0.0, 0, [Worker(1, 1, new=False)], [0.0, 0.5], [0.5, 1.0], [0, 0])
    assert split(alone, 1).adds_up
    assert not split(replace(alone, start=[0.0, 0.0], end=[1.0, 1.0]), 1).adds_up
    assert not split(replace(alone, start=[7.0, 7.5], end=[7.5, 8.0]), 1).adds_up


def test_chrome_trace(run: Path, execbench: Command, tmp_path: Path) -> None:
    """The file for Perfetto has a process for each trial, with each of its tasks once, within the round."""
    path = tmp_path / "run.trace.json"
    assert execbench("report", run, "-o", path).returncode == 0
    events = json.loads(path.read_text())["traceEvents"]
    names = {event["pid"]: event["args"]["name"] for event in events if event["name"] == "process_name"}
    assert len(names) == 1 + len(BACKENDS)
    for pid, name in names.items():
        spans = [event for event in events if event["pid"] == pid and event["ph"] == "X"]
        whole = next(event for event in spans if event["name"] == "round")
        tasks = [event for event in spans if event is not whole]
        assert [event["name"] for event in tasks] == [f"task {number}" for number in range(24)], name
        assert all(event["ts"] + event["dur"] <= whole["dur"] for event in tasks)


def test_report_shows_where_the_time_went(run: Path, execbench: Command) -> None:
    """The Markdown report has a table of the split, with a row for each trial."""
    text = execbench("report", run, "--format", "markdown").stdout
    table = text.partition("Where the worker-seconds of one round went:")[2].partition("\n\n- ")[0]
    assert all(f"`{name}/w" in table for name in ("serial", *BACKENDS))


def test_no_traces_no_file(execbench: Command, tmp_path: Path) -> None:
    """Without traces there is no file for Perfetto, and the message says how to record them."""
    path = tmp_path / "run.json"
    assert execbench("run", "-w", "spin", "-b", "threads", *LITTLE, "--json", path).returncode == 0
    finished = execbench("report", path, "-o", tmp_path / "run.trace.json")
    assert finished.returncode == 2
    assert "race with --trace" in finished.stderr
    assert not (tmp_path / "run.trace.json").exists()


def test_report_of_traces_without_traces(execbench: Command, tmp_path: Path) -> None:
    """A report of traces that the run will not record is refused before anything is raced."""
    finished = execbench("run", "-w", "spin", "--report", tmp_path / "a.trace.json", "--json", tmp_path / "a.json")
    assert finished.returncode == 2
    assert "add --trace" in finished.stderr
    assert not (tmp_path / "a.json").exists()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("worker", 99, "an index that `workers` does not have"),
        ("worker", 0.5, r"trace\.worker\[0\]"),
        ("end", -1.0, "ends before it starts"),
        ("end", float("nan"), "not JSON, or cut off: line .* at 'NaN"),
        ("end", float("inf"), "not JSON, or cut off: line .* at 'Infinity"),
    ],
)
def test_trace_that_cannot_be(run: Path, tmp_path: Path, field: str, value: float, said: str) -> None:
    """A trace is refused if its tasks name a missing worker, end before they start, or hold no number."""
    content = json.loads(run.read_text())
    content["benchmarks"][0]["extra_info"]["execbench"]["trace"][field][0] = value
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(content))
    with pytest.raises(BadInput, match=said):
        artifact.read(path)
