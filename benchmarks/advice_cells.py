"""What is measured of a cell of `certify_advice.py`: the advice, the verdict of `execbench run`, and then the truth."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
from advice_scores import CALLS, SERIAL, USE, Advised, Cost, Profile, Row
from advice_scripts import script_seconds
from advice_settings import Advice, Setting, read_advice, rules_of_thumb
from advice_table import FOLDER, SEED, Cell

from execbench.errors import BadInput
from execbench.plugins.registry import find_tasks
from execbench.plugins.select import Request, select
from execbench.plugins.trial import Trial
from execbench.racing.race import Race
from execbench.records import artifact
from execbench.records.calls import number_of
from execbench.records.record import Record
from execbench.records.winner import is_believable, winner
from execbench.settings import Settings
from execbench.stats import ratios_by_launch
from execbench.supervisor import git
from execbench.supervisor.lane import Nursery

RUN_ALONE = 0.1
"""The share of cells, by lot, in which `execbench run` is asked, too: it takes longer than all the rest."""

ADVICE_TIMEOUT = 300.0
RUN_TIMEOUT = 1_800.0
ROUND_TIMEOUT = 30.0
ANY_PRECISION = 1e6
"""Each setting gets all launches, and no more."""


def measured(cell: Cell, launches: int) -> Row:
    """Ask for the advice, then race what it is judged by; each in processes of its own."""
    start = time.perf_counter()
    advices = {calls: _advise(cell, calls) for calls in CALLS}
    row = Row(cell.id, cell.function.situation, cell.function.half, cell.function.unsafe, launches)
    keys: dict[Setting, str] = {}
    if not cell.function.unsafe:
        keys = _add_truth(row, cell, advices)
    row.advice = {calls: _advised(advice, keys) for calls, advice in advices.items()}
    if advices["once"].verdict in USE:
        row.script_seconds = script_seconds(advices["once"].code)
    row.seconds = time.perf_counter() - start
    row.day, row.commit = time.strftime("%Y-%m-%d"), git.line(FOLDER, "rev-parse", "--short", "HEAD")
    return row


def _advised(advice: Advice, keys: Mapping[Setting, str]) -> Advised:
    def key(setting: Setting | None) -> str | None:
        return None if setting is None else keys.get(setting)

    model = advice.of_model
    chosen = key(advice.setting_of(advice.winner))
    return Advised(advice.verdict, chosen, key(model.setting) if model else None, advice.seconds, advice.reason)


def _advise(cell: Cell, calls: Profile) -> Advice:
    with tempfile.TemporaryDirectory() as folder:
        path, start = Path(folder, "advice.json"), time.perf_counter()
        try:
            ended = _execbench("advise", *cell.arguments, "--calls", calls, "--json", path, timeout=ADVICE_TIMEOUT)
        except subprocess.TimeoutExpired:
            return Advice("failed", reason=f"took longer than {ADVICE_TIMEOUT:.0f} s")
        if not path.exists():
            lines = ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"]
            return Advice("failed", reason=lines[-1])
        return read_advice(path, time.perf_counter() - start)


def _run_alone(cell: Cell, backends: Iterable[str]) -> Mapping[Profile, Setting]:
    """Return the winner that `execbench run` names with its defaults, for each number of calls; nothing if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "run.json")
        named = [word for backend in backends for word in ("--backend", backend)]
        with contextlib.suppress(subprocess.TimeoutExpired):
            _execbench("run", *cell.arguments, *named, "--json", path, timeout=RUN_TIMEOUT)
        if not path.exists():
            return {}
        found = artifact.read(path)
    records = [*found.records, *found.controls]
    winners = {calls: winner(records, number_of(calls)) for calls in CALLS}
    return {calls: _setting_of(record) for calls, record in winners.items() if record is not None}


def _setting_of(record: Record) -> Setting:
    if record.is_baseline:
        return Setting()
    return Setting(record.backend_title, record.max_workers, record.chunksize.requested)


def _execbench(*words: str | Path, timeout: float) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "execbench", *words]
    return subprocess.run(command, cwd=FOLDER, check=False, capture_output=True, text=True, timeout=timeout)


def _add_truth(row: Row, cell: Cell, advices: Mapping[Profile, Advice]) -> dict[Setting, str]:
    """Race what was advised and what might have been; return the name of each setting in the journal."""
    lots = random.Random(f"{SEED}/{cell.id}")
    alone: Mapping[Profile, Setting] | None = None
    if lots.random() < RUN_ALONE:
        alone = _run_alone(cell, sorted(set().union(*(advice.backends for advice in advices.values()))))
    rules = rules_of_thumb(numeric=cell.function.numeric)
    wanted = {Setting(), *rules.values(), *(alone or {}).values()}
    for advice in advices.values():
        wanted |= {*advice.worth_racing(lots), *filter(None, [advice.setting_of(advice.winner)])}
    try:
        keys = race(row, cell, wanted)
    except BadInput as error:
        row.failed[SERIAL] = str(error)
        return {}
    if alone is not None:
        row.run_alone = {calls: keys[setting] for calls, setting in alone.items() if setting in keys}
    row.rules = {name: keys[setting] for name, setting in rules.items() if setting in keys}
    return keys


def race(row: Row, cell: Cell, wanted: Iterable[Setting]) -> dict[Setting, str]:
    """Race settings for all launches, add what they took to the row, and return the name of each."""
    settings = Settings(launches=row.launches, precision=ANY_PRECISION, round_timeout=ROUND_TIMEOUT, seed=SEED)
    with contextlib.chdir(FOLDER), Nursery() as nursery:
        trials = _trials(nursery, cell, set(wanted))
        keys = {setting: setting.key(trial.used_chunksize) for setting, trial in trials.items()}
        unlike = {keys[setting]: trial for setting, trial in trials.items()}
        tournament = Race(list(unlike.values()), settings, nursery)
        with contextlib.suppress(_NoMoreLaunches):
            tournament.run(seen=_NoMoreLaunches.after(row.launches))
        records = {record.name: record for record in tournament.records()}
    _note(row, {key: records[trial.id] for key, trial in unlike.items()})
    return keys


class _NoMoreLaunches(Exception):
    """All launches are run: what a race would add to them, its controls, is not needed here."""

    @classmethod
    def after(cls, launches: int) -> Any:
        """Return what a race calls after each launch but its last."""
        left = iter(range(launches - 1))

        def seen(_: list[Record]) -> None:
            if next(left, None) is None:
                raise cls

        return seen


def _trials(nursery: Nursery, cell: Cell, wanted: set[Setting]) -> dict[Setting, Trial]:
    request = Request(
        backends=sorted({setting.backend for setting in wanted}),
        workloads=[cell.function.name],
        max_workers=sorted({setting.max_workers for setting in wanted}),
        chunksizes=list({setting.chunksize for setting in wanted}),
        tasks=find_tasks(cell.tasks, star=cell.function.star),
    )
    trials = {_setting(trial): trial for trial in select(nursery, request).trials}
    return {setting: setting.trial(trials[setting.plain]) for setting in wanted}


def _setting(trial: Trial) -> Setting:
    return Setting() if trial.is_baseline else Setting(trial.backend.title, trial.max_workers, trial.chunksize)


def _note(row: Row, records: Mapping[str, Record]) -> None:
    """Keep what each launch took, paired with the loop's: rounds by heat, one call by launch."""
    loop = records[SERIAL]
    failed = {key: record for key, record in records.items() if not is_believable(record)}
    row.failed.update({key: (record.reason or "impossible").partition("\n")[0] for key, record in failed.items()})
    if SERIAL in failed:
        return
    for key in records.keys() - failed.keys():
        record = records[key]
        phases = zip(record.startup_seconds, record.first_call_seconds, record.shutdown_seconds, strict=True)
        many = ratios_by_launch(record.samples, loop.samples)
        row.truth[key] = Cost([sum(seconds) for seconds in phases], [many[launch] for launch in sorted(many)])
    row.loop_seconds = median(loop.samples.seconds)


def as_line(row: Row) -> dict[str, Any]:
    """Return a row as the journal keeps it."""
    line: dict[str, Any] = msgspec.to_builtins(row)
    return line
