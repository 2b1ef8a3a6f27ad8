"""Damaged files given to every reader: each file in a process of its own, whose time and memory are watched."""

from __future__ import annotations

import io
import os
import random
import signal
import sys
import traceback
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import msgspec

from execbench import cli
from execbench.cli import compare, defaults, report  # noqa: F401 -- here once, instead of in each child
from execbench.errors import BadInput
from execbench.racing.run import Runner
from execbench.records import artifact, compose
from execbench.records.journal import Journal
from execbench.report.race import race_document, run_document
from execbench.report.render.terminal import as_text
from execbench.settings import Settings
from execbench.supervisor.lane import Nursery
from tests.fuzz.damage import damaged
from tests.fuzz.sound import SOUND, heading, trials

MAX_SECONDS = 20
MAX_BYTES = 1_000_000_000

_ENDINGS = {0: "fine", 2: "bad input"}
_CRASHED = 70
_LETTERS = ("Cc", "Cf", "Cs", "Co")
"""Unicode's categories of letters that a terminal may obey, or cannot show."""


@dataclass
class Summary:
    """What became of all files."""

    endings: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    """The files that were not read, or refused, as they should, with the reason."""
    seconds: float = 0.0
    """The longest CPU time of a file."""
    memory: int = 0
    """The most memory of a file, in bytes."""


def read_all(kinds: Sequence[str], numbers: Sequence[int], folder: Path) -> Summary:
    """Give the damaged files of these kinds and numbers to their readers."""
    base = folder / "base.json"
    base.write_bytes(msgspec.json.encode(SOUND["artifact"]()))
    summary = Summary()
    for kind in kinds:
        for number in numbers:
            _watch(kind, number, folder, summary)
    return summary


def _watch(kind: str, number: int, folder: Path, summary: Summary) -> None:
    path = folder / ("a.json.journal" if kind == "journal" else "damaged.json")
    path.write_bytes(damaged(kind, number))
    output = folder / "output"
    sys.stdout.flush()
    child = os.fork()
    if not child:
        _read(kind, number, path, output)
    _, status, usage = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    summary.endings[_ENDINGS.get(code, "fault")] += 1
    summary.seconds = max(summary.seconds, usage.ru_utime + usage.ru_stime)
    memory = usage.ru_maxrss * 1024
    summary.memory = max(summary.memory, memory)
    if code not in _ENDINGS or memory > MAX_BYTES:
        said = output.read_text(errors="replace").strip()[-1500:]
        summary.faults.append(f"{kind} {number}: exit code {code}, {memory >> 20} MiB\n{said}")


def _read(kind: str, number: int, path: Path, output: Path) -> None:
    """In the child: read the file in two ways, and end with the worst exit code."""
    signal.alarm(MAX_SECONDS)
    code = _CRASHED
    try:
        with output.open("w", encoding="utf-8") as file, redirect_stderr(file):
            try:
                code = max(way(path) for way in random.Random(number).sample(_WAYS[kind], 2))
            except BaseException:
                traceback.print_exc()
            if code not in _ENDINGS:
                print(f"exit code {code}", file=file)
    finally:
        os._exit(code)


def _command(*arguments: str, safe: bool = True) -> Callable[[Path], int]:
    def run(path: Path) -> int:
        output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        errors = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace", write_through=True)
        words = [word.format(path=path, base=path.with_name("base.json")) for word in arguments]
        with redirect_stdout(output), redirect_stderr(errors):
            code = cli.main(words)
        said = errors.buffer.getvalue().decode()
        said += output.buffer.getvalue().decode() if safe else ""
        unsafe = {letter for letter in said if unicodedata.category(letter) in _LETTERS} - {"\n", "\u200b"}
        if unsafe:
            raise AssertionError(f"{words} printed {unsafe}")
        return code

    return run


def _resume(path: Path) -> int:
    """Take a journal up again, and make the artifact that its run would end with if it were interrupted at once."""
    try:
        resumed = Journal.resume(path, heading(), trials())
    except BadInput as error:
        return 2 if "\n" not in str(error) else _CRASHED
    with resumed:
        runner = Runner(cast(Nursery, None), Settings(launches=1), trials(), resumed, print)  # it starts no lane
        for race in runner.names:
            as_text(race_document(runner.records_of(race), 2))
        content = compose.encode(compose.compose(runner.run(["execbench"])))
    kept = artifact.parse(content)
    assert sorted(record.name for record in kept.records) == sorted(heading().trials)
    run_document(kept)
    return 0


_REPORTS = [_command("report", "{path}", "--format", form) for form in ("markdown", "trace")]
_REPORTS.append(_command("report", "{path}", "--format", "csv", safe=False))
_PAGE = _command("report", "{path}", "--format", "html", "-o", "{path}.html")
_COMPARISONS = [
    _command("compare", "{base}", "{path}"),
    _command("compare", "{path}", "{base}", "--format", "markdown"),
    _command("compare", "{path}", "{path}", "--format", "json"),
    _command("compare", "{path}::head", "{path}", "--format", "csv", safe=False),
    _command("report", "{path}", "{base}", "--format", "markdown"),
]
_WAYS: Mapping[str, Sequence[Callable[[Path], int]]] = {
    "artifact": [*_REPORTS, _PAGE, *_COMPARISONS],
    "pytest_benchmark": [*_REPORTS, *_COMPARISONS],
    "metg": [*_REPORTS, _COMPARISONS[0]],
    "break_even": [*_REPORTS, _COMPARISONS[0]],
    "journal": [_resume, _resume],
}
