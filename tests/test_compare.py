"""Comparing artifacts: verdicts, sides, formats, the gate, and bad input."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from made_up import ENVIRONMENT, Launches, record, write_run
from msgspec.structs import replace

from execbench.cli import main
from execbench.comparison import compare
from execbench.comparison.environments import Difference
from execbench.comparison.sides import read_sides
from execbench.records.record import Interpreter, Record
from execbench.records.usage import FIGURES, Usage
from tests.conftest import Command

LIVES = (0.999, 1.0, 1.001, 0.9995, 1.0005, 1.0, 1.0)
"""The relative seconds of seven launches on a quiet machine."""


def launches(seconds: float, lives: Sequence[float] = LIVES) -> Launches:
    """Launches of three rounds each, on a quiet machine by default."""
    return [[seconds * life] * 3 for life in lives]


Write = Callable[..., Path]
Refused = Callable[[object, object], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write an artifact of trials, given by name with their launches, or as records."""

    def write(file: str, trials: Mapping[str, Launches] | Sequence[Record], **environment: Any) -> Path:
        records = [record(*item) for item in trials.items()] if isinstance(trials, Mapping) else list(trials)
        path = tmp_path / file
        path.parent.mkdir(exist_ok=True)
        return write_run(path, records, environment=replace(ENVIRONMENT, **environment))

    return write


@pytest.fixture
def plain(tmp_path: Path) -> Write:
    """Write an artifact as plain pytest-benchmark does."""

    def write(file: str, seconds: float, *, data: bool = True) -> Path:
        stats = {"min": seconds, "max": seconds, "mean": seconds, "median": seconds, "rounds": 3}
        entry = {
            "group": None,
            "name": "test_a",
            "fullname": "test_x.py::test_a",
            "params": None,
            "extra_info": {},
            "stats": {**stats, **({"data": [seconds] * 3} if data else {})},
        }
        path = tmp_path / file
        path.write_text(json.dumps({"machine_info": {}, "commit_info": {}, "benchmarks": [entry]}))
        return path

    return write


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[[object, object], str]:
    """Compare bad input: the exit code is 2, and one message says why."""

    def refused(old: object, new: object) -> str:
        assert main(["compare", str(old), str(new)]) == 2
        output, message = capsys.readouterr()
        assert output == ""
        assert re.fullmatch("execbench: .*\n", message)
        return message

    return refused


def judged(old: object, new: object, **options: Any) -> dict[str, str]:
    """The verdicts by trial."""
    return {trial.id: trial.verdict for trial in compare(*read_sides(str(old), str(new)), **options).trials}


def test_verdicts(write: Write) -> None:
    """A trial is slower or faster if its interval lies beyond 2 %, the same if within, and unclear otherwise."""
    wild = launches(1.0, (0.5, 1.0, 2.0, 0.7, 1.5))
    before = {"spin/serial/w1": launches(1.0)} | {f"spin/{name}/w2": launches(0.5) for name in "abcde"}
    after = {
        "spin/serial/w1": launches(1.0),
        "spin/a/w2": launches(0.55),
        "spin/b/w2": launches(0.45),
        "spin/c/w2": launches(0.5),
        "spin/d/w2": wild,
        "spin/e/w2": launches(0.505),
    }
    assert judged(write("old.json", before), write("new.json", after)) == {
        "spin/serial/w1": "same",
        "spin/a/w2": "slower",
        "spin/b/w2": "faster",
        "spin/c/w2": "same",
        "spin/d/w2": "unclear",
        "spin/e/w2": "same",
    }


def test_threshold(write: Write) -> None:
    """The user sets the smallest change that matters."""
    old, new = (write(f"{seconds}.json", {"spin/a/w2": launches(seconds)}) for seconds in (1.0, 1.1))
    assert judged(old, new) == {"spin/a/w2": "slower"}
    assert judged(old, new, threshold=0.2) == {"spin/a/w2": "same"}


def test_unclear_estimates_launches(write: Write) -> None:
    """An unclear trial comes with an estimate of the launches needed; more noise needs more."""
    lives = (0.9, 1.1, 1.0, 0.95, 1.05)
    noisier = tuple(life**2 for life in lives)
    needed = []
    for number, noise in enumerate((lives, noisier)):
        old = write(f"old{number}.json", {"spin/a/w2": launches(1.0, noise)})
        new = write(f"new{number}.json", {"spin/a/w2": launches(1.2, noise)})
        (trial,) = compare(*read_sides(str(old), str(new))).trials
        assert trial.verdict == "unclear"
        assert trial.needed is not None
        needed.append(trial.needed)
    assert 5 < needed[0] < needed[1]


def test_slower_machine_is_not_slower_code(write: Write) -> None:
    """If a whole run is slower, with its serial loop, trials are the same: each is compared with its own baseline."""
    old = write("old.json", {"spin/serial/w1": launches(1.0), "spin/a/w2": launches(0.5)})
    new = write("new.json", {"spin/serial/w1": launches(1.4), "spin/a/w2": launches(0.7)})
    assert judged(old, new)["spin/a/w2"] == "same"


def test_reference_kernel_tells_slower_code_from_slower_machine(write: Write) -> None:
    """The serial loop is compared with the reference kernel that ran next to its rounds; its time is shown first."""

    def run(file: str, serial: float, kernel: float, python: str = "3.11.7") -> Path:
        kernels = [seconds * kernel for launch in launches(0.001) for seconds in launch]
        more = {"reference_seconds": kernels, "python": Interpreter(None, python)}
        return write(file, [record("spin/serial/w1", launches(serial), **more)])

    old, slower_machine, slower_code = run("old.json", 1.0, 1.0), run("a.json", 1.4, 1.4), run("b.json", 1.4, 1.0)
    assert judged(old, slower_machine) == {"spin/serial/w1": "same"}
    assert judged(old, slower_code) == {"spin/serial/w1": "slower"}
    comparison = compare(*read_sides(str(old), str(slower_machine)))
    assert comparison.trials[0].ratio is not None
    assert comparison.trials[0].ratio.basis == "reference"
    assert comparison.differences == [Difference("reference kernel", "1 ms", "1.4 ms")]
    faster_python = run("c.json", 0.5, 0.5, python="3.13.0")
    assert judged(old, faster_python) == {"spin/serial/w1": "faster"}, "another Python runs the kernel faster, too"


def test_paired(write: Write) -> None:
    """Two interpreters of one run are compared heat by heat, so that even large drift cancels out."""
    drift = [1.0, 3.0, 0.5, 2.0, 0.8, 1.7]
    trials = [
        record(f"spin/a/w2/py{name}", launches(seconds, drift), python=Interpreter(name, "3.11.7"))
        for name, seconds in (("base", 1.0), ("head", 1.05))
    ]
    path = write("run.json", trials)
    comparison = compare(*read_sides(f"{path}::base", f"{path}::head"))
    assert comparison.method == "paired"
    (trial,) = comparison.trials
    assert trial.id == "spin/a/w2"
    assert trial.verdict == "slower"
    assert trial.interval is not None
    assert trial.interval.estimate == pytest.approx(1.05)


def test_interpreter_that_did_not_race(write: Write, refused: Refused) -> None:
    """An unknown name of an interpreter is refused, and the message lists the known ones."""
    path = write("run.json", [record("spin/a/w2/pybase", launches(1.0), python=Interpreter("base", "3"))])
    assert "named there: base" in refused(f"{path}::bas", f"{path}::base")


def test_many_trials_are_judged_together(write: Write) -> None:
    """A trial that is called slower alone is unclear among a thousand that show no change."""
    lives = (0.98, 1.02, 1.0, 0.99, 1.01)
    mild = {"spin/mild/w2": launches(1.12, lives)}
    rest = {f"spin/b{number}/w2": launches(1.0, (1.1, 0.9, 1.0, 1.05, 0.95)) for number in range(1000)}
    old = write("old.json", {"spin/mild/w2": launches(1.0, lives)} | rest)
    alone, among = write("alone.json", mild), write("among.json", mild | rest)
    assert judged(old, alone)["spin/mild/w2"] == "slower"
    assert judged(old, among)["spin/mild/w2"] == "unclear"


def test_paired_run_from_end_to_end(execbench: Command, tmp_path: Path) -> None:
    """Two names of one interpreter race in the same heats, and are compared launch by launch."""
    path = tmp_path / "run.json"
    names = ("--python", f"base={sys.executable}", "--python", f"head={sys.executable}")
    raced = execbench("run", "-w", "noop", "-b", "threads", *names, "--launches", "2", "--json", path)
    assert raced.returncode == 0, raced.stderr
    content = json.loads(execbench("compare", f"{path}::base", f"{path}::head", "--format", "json").stdout)
    assert content["method"] == "paired"
    assert [(trial["id"], trial["compared"]) for trial in content["trials"]] == [
        ("noop/serial/w1", "paired"),
        ("noop/threads/w2", "paired"),
    ]


def test_several_runs_are_a_folder_or_a_pattern(write: Write, tmp_path: Path) -> None:
    """With several runs on each side, the differences between runs count: the run is the unit of evidence."""
    for number, speed in enumerate((1.0, 1.3, 0.8)):
        write(f"old/{number}.json", {"spin/a/w2": launches(speed)})
        write(f"new/{number}.json", {"spin/a/w2": launches(1.1 * speed)})
    for old, new in ((tmp_path / "old", tmp_path / "new"), (tmp_path / "old/*.json", tmp_path / "n*" / "?.json")):
        (trial,) = compare(*read_sides(str(old), str(new))).trials
        assert trial.verdict == "unclear"
        assert trial.ratio is not None
        assert (trial.ratio.units, trial.ratio.unit) == (3, "runs")
    assert judged(tmp_path / "old/0.json", tmp_path / "new/0.json") == {"spin/a/w2": "slower"}


@pytest.mark.parametrize("data", [True, False])
def test_plain_pytest_benchmark(plain: Write, tmp_path: Path, data: bool) -> None:
    """Artifacts of plain pytest-benchmark work: one on each side gives a ratio, several give its interval."""
    for number, life in enumerate(LIVES):
        plain(f"old{number}.json", life, data=data)
        plain(f"new{number}.json", 1.2 * life, data=data)
    (one,) = compare(*read_sides(str(tmp_path / "old0.json"), str(tmp_path / "new0.json"))).trials
    assert (one.verdict, one.interval, one.needed) == ("unclear", None, 2)
    assert judged(tmp_path / "old*.json", tmp_path / "new*.json") == {"test_x.py::test_a": "slower"}


def test_fresh_pytest_benchmark_artifact(tmp_path: Path) -> None:
    """An artifact fresh from plain pytest-benchmark can be compared."""
    (tmp_path / "test_it.py").write_text("def test_it(benchmark):\n    benchmark(sum, [1, 2])\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--benchmark-json=it.json"]
    subprocess.run([*command, "--benchmark-max-time=0.01"], cwd=tmp_path, check=True, capture_output=True, timeout=120)
    assert judged(tmp_path / "it.json", tmp_path / "it.json") == {"test_it.py::test_it": "unclear"}


def test_what_else_moved(write: Write) -> None:
    """Start-up, CPU and memory are named if they moved."""
    times = launches(1.0)
    old = write("old.json", [record("spin/a/w2", times)])
    changed = {"startup_seconds": [2.0] * len(times), "cpu_seconds": 2.0, "peak_memory_bytes": 62_000_000}
    new = write("new.json", [record("spin/a/w2", times, **changed)])
    (trial,) = compare(*read_sides(str(old), str(new))).trials
    assert [(moved.what, moved.new / moved.old) for moved in trial.moved] == [
        ("start-up", 4),
        ("CPU", 2),
        ("memory", 2),
    ]


def test_what_a_round_used_moved(write: Write) -> None:
    """Page faults, waits, system CPU and bytes are named if they moved, but not what any round uses."""
    times, used = launches(1.0), dict.fromkeys((figure.name for figure in FIGURES), 5.0)
    old = write("old.json", [record("spin/a/w2", times, usage=Usage(**used))])
    changed = {"minor_faults": 23_000, "voluntary_switches": 15, "system_seconds": 6, "bytes_read": 5_000}
    new = write("new.json", [record("spin/a/w2", times, usage=Usage(**{**used, **changed}))])
    (trial,) = compare(*read_sides(str(old), str(new))).trials
    assert [(moved.what, moved.old, moved.new) for moved in trial.moved] == [
        ("page faults", 5, 23_000),
        ("system CPU", 5, 6),
    ]


def test_memory_is_compared_with_its_like(write: Write) -> None:
    """Memory that counts shared pages once is not compared with high-water marks."""
    times = launches(1.0)
    old = write("old.json", [record("spin/a/w2", times, memory_counts="high_water_marks")])
    new = write("new.json", [record("spin/a/w2", times, peak_memory_bytes=62_000_000)])
    (trial,) = compare(*read_sides(str(old), str(new))).trials
    assert trial.moved == []


def test_trials_that_came_went_or_failed(write: Write) -> None:
    """Added, removed, failed, fixed and still failing trials are listed separately."""
    times = launches(1.0)
    broken = {"status": "hung", "reason": "no answer\nfor 60 s"}
    old = write(
        "old.json",
        [
            record("spin/both/w2", times),
            record("spin/removed/w2", times),
            record("spin/breaks/w2", times),
            record("spin/fixed/w2", [], **broken),
            record("spin/fails/w2", [], **broken),
        ],
    )
    new = write(
        "new.json",
        [
            record("spin/both/w2", times),
            record("spin/added/w2", times),
            record("spin/breaks/w2", [], **broken),
            record("spin/fixed/w2", times),
            record("spin/fails/w2", [], **broken),
        ],
    )
    comparison = compare(*read_sides(str(old), str(new)))
    assert [trial.id for trial in comparison.trials] == ["spin/both/w2"]
    assert (comparison.added, comparison.removed) == (["spin/added/w2"], ["spin/removed/w2"])
    kinds = (comparison.failed, comparison.fixed, comparison.still_failed)
    assert [[failure.id for failure in kind] for kind in kinds] == [
        ["spin/breaks/w2"],
        ["spin/fixed/w2"],
        ["spin/fails/w2"],
    ]
    assert main(["compare", str(old), str(new), "--fail-on", "failed"]) == 1
    assert main(["compare", str(new), str(new), "--fail-on", "failed,slower"]) == 0


def test_different_trials_of_one_name(write: Write) -> None:
    """If a default size has changed, trials of one name are not compared."""
    old = write("old.json", [record("spin/a/w2", launches(1.0))])
    new = write("new.json", [record("spin/a/w2", launches(2.0), size=200)])
    (trial,) = compare(*read_sides(str(old), str(new))).trials
    assert (trial.verdict, trial.interval) == ("unclear", None)
    assert trial.note == "not the same trial: its size differs"


def test_differences_of_the_environment_come_first(write: Write, execbench: Command) -> None:
    """A different machine, Python or library is listed above the table."""
    old = write("old.json", {"spin/a/w2": launches(1.0)}, usable_cpus=2, packages={"numpy": "1.26"})
    new = write("new.json", {"spin/a/w2": launches(1.0)}, usable_cpus=64, packages={"numpy": "2.0"})
    lines = execbench("compare", old, new).stdout.splitlines()
    assert lines[1:3] == ["usable CPUs differs: 2 -> 64", "package numpy differs: 1.26 -> 2.0"]
    assert lines[3].startswith("trial")


def test_json(write: Write, execbench: Command) -> None:
    """The JSON has the method, and each trial's id, verdict and ratio."""
    old, new = (write(f"{seconds}.json", {"spin/a/w2": launches(seconds)}) for seconds in (1.0, 1.1))
    finished = execbench("compare", old, new, "--format", "json", "--fail-on", "slower")
    assert finished.returncode == 1
    content = json.loads(finished.stdout)
    assert content["method"] == "across_runs"
    (trial,) = content["trials"]
    assert (trial["id"], trial["verdict"]) == ("spin/a/w2", "slower")
    assert trial["ratio"]["low"] < trial["ratio"]["estimate"] < trial["ratio"]["high"]
    assert trial["ratio"]["estimate"] == pytest.approx(1.1)
    assert content["tripped"] == ["spin/a/w2"]


def test_csv(write: Write, execbench: Command) -> None:
    """The CSV has a line for each trial."""
    old, new = (write(f"{seconds}.json", {"spin/a/w2": launches(seconds)}) for seconds in (1.0, 1.1))
    (row,) = csv.DictReader(io.StringIO(execbench("compare", old, new, "--format", "csv").stdout))
    assert (row["id"], row["verdict"]) == ("spin/a/w2", "slower")
    assert float(row["ratio"]) == pytest.approx(1.1)


@pytest.mark.parametrize(
    ("fail_on", "code"),
    [([], 0), (["slower"], 1), (["faster"], 0), (["faster,slower"], 1), (["faster", "slower"], 1), (["sloower"], 2)],
)
def test_gate(write: Write, fail_on: list[str], code: int) -> None:
    """--fail-on trips with exit code 1; an unknown kind is bad input."""
    old, new = (write(f"{seconds}.json", {"spin/a/w2": launches(seconds)}) for seconds in (1.0, 1.1))
    options = [word for kind in fail_on for word in ("--fail-on", kind)]
    assert main(["compare", str(old), str(new), *options]) == code


@pytest.mark.parametrize(("threshold", "code"), [("2%", 1), ("0.02", 1), ("20%", 0), ("-1", 2), ("nan", 2), ("x%", 2)])
def test_threshold_option(write: Write, threshold: str, code: int) -> None:
    """--threshold takes a share or a percentage."""
    old, new = (write(f"{seconds}.json", {"spin/a/w2": launches(seconds)}) for seconds in (1.0, 1.1))
    assert main(["compare", str(old), str(new), "--fail-on", "slower", "--threshold", threshold]) == code


NASTY = "spin/a|`<b>@team [x](http://evil) ![y](z)\n# h/w2"


def test_markdown_is_inert(write: Write, execbench: Command) -> None:
    """No name becomes a column, a tag, a link, a heading or a mention."""
    trials = [record(NASTY, launches(1.0)), record("spin/b/w2", [], status="raised", reason=NASTY)]
    old = write("old.json", [trials[0]], packages={NASTY: "1"})
    new = write("new.json", trials, packages={NASTY: NASTY})
    shown = execbench("compare", old, new, "--format", "markdown").stdout
    for sign in ("<b>", "](", "@team", "://", "\n#", "`"):
        assert sign not in shown, sign
    (row,) = [line for line in shown.splitlines() if line.startswith("| <code>")]
    assert row.count("|") == 9


def test_terminal_gets_no_escape_sequence(write: Write, execbench: Command) -> None:
    """No escape sequence in a name reaches the terminal."""
    name = "spin/\x1b[31mred\x9b2J[bold]/w2"
    path = write("a.json", {name: launches(1.0)})
    shown = execbench("compare", path, path).stdout
    assert "\x1b" not in shown
    assert "\x9b" not in shown
    assert "[bold]" in shown


def test_csv_has_no_formula(write: Write, execbench: Command) -> None:
    """A name that a spreadsheet would read as a formula is quoted."""
    path = write("a.json", {"=cmd/a/w2": launches(1.0)})
    assert "\n'=cmd/a/w2," in execbench("compare", path, path, "--format", "csv").stdout


OURS = ("benchmarks", 0, "extra_info", "execbench")

AT = "- at `$.benchmarks[0].extra_info.execbench."

OPTIONAL = {
    "mode",
    "noted",
    "cluster",
    "control_of",
    "fullname",
    "layouts",
    "memory_counts",
    "name",
    "one_call_speedup",
    "reference_seconds",
    "settled",
    "setup_by",
    "setups",
    "shared_by",
    "trace",
    "usage",
}
"""Fields of a record that are not always there."""


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("execbench", "schema"), 99, "its schema is 99, and this execbench reads up to"),
        (("execbench", "schema"), "1", "$.execbench.schema"),
        ((*OURS, "samples", "seconds", 1), math.nan, "not JSON, or cut off: line"),
        ((*OURS, "samples", "seconds", 1), math.inf, "not JSON, or cut off: line"),
        (
            (*OURS, "samples", "seconds", 1),
            0.0,
            f">= 1e-15 {AT}samples.seconds[1]`",
        ),
        ((*OURS, "samples", "seconds", 1), -1.5, "samples.seconds[1]"),
        (
            (*OURS, "samples", "seconds", 1),
            1e300,
            f"<= 1000000000000.0 {AT}samples",
        ),
        (
            (*OURS, "samples", "seconds", 1),
            "fast",
            f"got `str` {AT}samples.seconds[1]",
        ),
        (
            (*OURS, "samples", "seconds", 1),
            True,
            f"got `bool` {AT}samples.seconds[1]",
        ),
        ((*OURS, "samples", "seconds", 1), 10**400, "samples.seconds[1]"),
        (
            (*OURS, "samples", "seconds", 1),
            [[1]],
            f"got `array` {AT}samples.seconds[1]",
        ),
        ((*OURS, "samples", "seconds"), [], "must have the same length"),
        ((*OURS, "samples"), {"seconds": [], "launch": [], "heat": []}, "is ok but has no samples"),
        ((*OURS, "reference_seconds"), [0.001], "1 `reference_seconds` for"),
        ((*OURS, "reference_seconds"), [0.0], "reference_seconds[0]"),
        ((*OURS, "samples", "seconds"), None, f"got `null` {AT}samples.seconds"),
        ((*OURS, "samples", "launch"), [0], "must have the same length"),
        ((*OURS, "samples", "heat", 0), 0.5, "samples.heat[0]"),
        ((*OURS, "samples", "launch", 0), -1, "samples.launch[0]"),
        ((*OURS, "samples"), None, "execbench.samples"),
        ((*OURS, "cpu_seconds"), math.nan, "not JSON, or cut off: line"),
        ((*OURS, "cpu_seconds"), -1.0, "cpu_seconds"),
        ((*OURS, "startup_seconds", 0), -1.0, "startup_seconds[0]"),
        ((*OURS, "status"), 3, "execbench.status"),
        ((*OURS, "status"), "fine", "execbench.status"),
        ((*OURS, "python"), "3.11", "execbench.python"),
        ((*OURS, "workload_options"), [], "execbench.workload_options"),
        ((*OURS, "speedup"), {"estimate": 1.0, "low": -1.0, "high": 2.0}, "`speedup` must be above 0"),
        (OURS, 5, "$.benchmarks[0].extra_info.execbench"),
        (("benchmarks", 0, "name"), None, "$.benchmarks[0].name"),
        (("benchmarks", 0), None, "$.benchmarks[0]"),
        (("benchmarks",), 7, "$.benchmarks"),
        (("benchmarks",), None, "$.benchmarks"),
        (("execbench",), "\x1b[31m", "$.execbench"),
        (("execbench", "failed"), {}, "$.execbench.failed"),
        (("execbench", "environment"), [], "$.execbench.environment"),
        (("machine_info",), [], "$.machine_info"),
        (("machine_info", "cpu"), 3, ""),
        (("datetime",), 3, "$.datetime"),
    ],
)
def test_bad_field(write: Write, place: tuple[Any, ...], value: Any, message: str, refused: Refused) -> None:
    """A bad field is refused, and the message names the file and the field; one that is not needed is ignored."""
    good = write("good.json", {"spin/a/w2": launches(1.0)})
    content = json.loads(good.read_text())
    parent = content
    for step in place[:-1]:
        parent = parent[step]
    parent[place[-1]] = value
    bad = good.with_name("bad.json")
    bad.write_text(json.dumps(content))
    if message:
        assert re.match(rf"execbench: \S*bad\.json: .*{re.escape(message)}", refused(good, bad))
    else:
        assert judged(good, bad) == {"spin/a/w2": "same"}


@pytest.mark.parametrize("field", sorted(set(Record.__struct_fields__) - OPTIONAL))
def test_missing_field(write: Write, field: str, refused: Refused) -> None:
    """A record without a required field is refused, and the message names the field."""
    good = write("good.json", {"spin/a/w2": launches(1.0)})
    content = json.loads(good.read_text())
    del content["benchmarks"][0]["extra_info"]["execbench"][field]
    bad = good.with_name("bad.json")
    bad.write_text(json.dumps(content))
    assert f"missing required field `{field}`" in refused(good, bad)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_file_name_that_is_no_text(write: Write, execbench: Command) -> None:
    """A file name of bytes that are no text is replaced by text in the JSON."""
    good = write("good.json", {"spin/a/w2": launches(1.0)})
    strange = good.with_name(os.fsdecode(b"\xff.json"))
    strange.write_bytes(good.read_bytes())
    finished = execbench("compare", strange, strange, "--format", "json")
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout)["old"]["given"].endswith("/\ufffd.json")


def test_every_cut_is_refused(write: Write, refused: Refused) -> None:
    """An artifact that was cut off anywhere is refused by name."""
    good = write("good.json", {"spin/a/w2": launches(1.0)})
    content = good.read_bytes()
    cut = good.with_name("cut.json")
    for length in range(0, len(content), max(1, len(content) // 50)):
        cut.write_bytes(content[:length])
        assert "cut.json: not" in refused(good, cut)  # cut off within a number, it may be out of bounds before that


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe\x00nonsense", "not JSON"),
        (b"[" * 1_000_000, "Expected `object`, got `array`"),
        (b'{"benchmarks": [], "machine_info": {"a":' + b"[" * 1_000_000, "nested too deeply"),
        (b"9" * 10_000, "not an artifact"),
        (b"[]", "Expected `object`, got `array`"),
        (b"null", "Expected `object`, got `null`"),
        (b"{}", "missing required field `benchmarks`"),
        (b'{"benchmarks": []}', "have no trial in common"),
        (b'{"benchmarks": [{"name": "a", "stats": {"median": 0}}]}', "$.benchmarks[0].stats.median"),
        (b'{"benchmarks": [{"name": "a", "stats": {"data": []}}]}', "$.benchmarks[0].stats.data"),
        (b'{"benchmarks": [{"name": "a"}]}', "missing required field `stats` - at `$.benchmarks[0]`"),
    ],
)
def test_not_an_artifact(write: Write, tmp_path: Path, content: bytes, message: str, refused: Refused) -> None:
    """Anything that is not an artifact is refused by name."""
    bad = tmp_path / "bad.json"
    bad.write_bytes(content)
    assert re.search(rf"bad\.json.*{re.escape(message)}", refused(write("good.json", {"a/b/w2": launches(1.0)}), bad))


def test_duplicate_trials(write: Write, refused: Refused) -> None:
    """A trial that appears twice in an artifact is refused by name."""
    twice = write("twice.json", [record("spin/a/w2", launches(1.0)), record("spin/a/w2", launches(2.0))])
    assert "the trial spin/a/w2 appears twice" in refused(twice, twice)


def test_nothing_in_common(write: Write, refused: Refused) -> None:
    """Sides without a common trial are refused, and the message lists what each has."""
    old, new = write("old.json", {"spin/a/w2": launches(1.0)}), write("new.json", {"spin/b/w2": launches(1.0)})
    assert "no trial in common: spin/a/w2; spin/b/w2" in refused(old, new)


def test_no_files(write: Write, tmp_path: Path, refused: Refused) -> None:
    """An empty folder, a missing file, a pattern without matches and an impossible name are refused by name."""
    good = write("good.json", {"spin/a/w2": launches(1.0)})
    (tmp_path / "empty").mkdir()
    assert f"the folder {tmp_path / 'empty'} holds no artifact" in refused(good, tmp_path / "empty")
    assert f"{tmp_path / 'gone.json'}: no such file" in refused(good, tmp_path / "gone.json")
    assert f"{tmp_path / 'x*.json'}: no such file" in refused(tmp_path / "x*.json", good)
    assert "File name too long" in refused("x" * 5000, good)


def test_huge_file_is_refused_at_once(write: Write, tmp_path: Path, refused: Refused) -> None:
    """A file of 200 MB is refused without being read."""
    vast = tmp_path / "vast.json"
    with vast.open("wb") as file:
        file.write(b"[" + b"1," * 1000)
        file.truncate(200_000_000)
    start = time.perf_counter()
    assert "vast.json: 200 MB" in refused(write("good.json", {"a/b/w2": launches(1.0)}), vast)
    assert time.perf_counter() - start < 30
