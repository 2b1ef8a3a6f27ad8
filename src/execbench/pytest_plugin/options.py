"""The plugin's own options, and what pytest-benchmark's mean for a race."""

import math
from typing import get_args

import pytest

from execbench.errors import BadInput
from execbench.plugins.select import Request, parse_request
from execbench.settings import Check, Layout, Settings, parse_calls

_CANNOT_APPLY = {
    "benchmark_timer": "lanes have the one clock",
    "benchmark_cprofile": "the tasks run in other processes",
    "benchmark_calibration_precision": "a round is always one map over all tasks",
    "benchmark_min_time": "a round is always one map over all tasks",
    "benchmark_warmup": "the first call of each launch is its warm-up",
}


def add_to(parser: pytest.Parser) -> None:
    """Add the options to pytest's own."""
    group = parser.getgroup("execbench", "execbench: races of executor backends")
    several = {"action": "append", "default": [], "metavar": "NAME"}
    group.addoption("--backend", help="backend to race, as in 'pool[call=starmap]'; repeatable", **several)
    group.addoption("--workload", help="workload to race, as in 'spin[steps=2000]'; repeatable", **several)
    group.addoption("--tasks", help="tasks of a function that --workload names: a list, file.py:name, or a data file")
    group.addoption("--star", action="store_true", help="call fn(*task), or fn(**task) if a task is a mapping")
    group.addoption("--max-workers", metavar="N[,N]", help="numbers of workers; default: the usable CPUs")
    group.addoption("--size", metavar="N[,N]", help="numbers of tasks; default: the workload's own")
    group.addoption("--chunksize", metavar="SIZE", default="fair", help="fair, library or a number; default: fair")
    group.addoption("--launches", type=int, metavar="N", help="minimum launches per trial; default: 5")
    group.addoption("--round-timeout", type=float, metavar="SECONDS", help="a longer round is hung; default: 60")
    group.addoption("--tolerance", type=float, metavar="FRACTION", help="by how much floats may differ; default: 1e-9")
    group.addoption("--check", choices=get_args(Check), help="what to check of each round; default: results")
    words = "name first what suits one call, many, or N calls of a pool; default: many"
    group.addoption("--calls", metavar="once|many|N", help=words)
    group.addoption(
        "--layout",
        choices=get_args(Layout),
        help="whether the state of the heap and more are drawn anew for each launch; default: varied",
    )
    words = "race at once, even if another run on this machine has not ended; default: wait for it"
    group.addoption("--no-wait", action="store_true", help=words)
    group.addoption("--race-seed", type=int, metavar="N", help="of the order within heats; default: drawn")
    group.addoption("--race-report", metavar="FILE", help="write a report: HTML, or what FILE ends in (.md, .csv)")
    group.addoption(
        "--race-trace", action="store_true", help="run one more round per trial, and show where its time went"
    )
    group.addoption("--resume", action="store_true", help="continue an interrupted run: its finished races are kept")
    group.addoption("--python", action="append", default=[], metavar="[NAME=]PATH", help="interpreter; repeatable")


def request(config: pytest.Config) -> Request:
    """Return the matrix that the options ask for."""
    return parse_request(
        config.getoption("backend"),
        config.getoption("workload"),
        max_workers=config.getoption("max_workers"),
        sizes=config.getoption("size"),
        chunksizes=config.getoption("chunksize"),
        pythons=config.getoption("python"),
        tasks=config.getoption("tasks"),
        star=config.getoption("star"),
    )


def settings(config: pytest.Config) -> Settings:
    """Take pytest-benchmark's options for what they are, and ours for the rest."""
    given = {
        "launches": config.getoption("launches"),
        "round_timeout": config.getoption("round_timeout"),
        "seed": config.getoption("race_seed"),
        "tolerance": config.getoption("tolerance"),
        "check": config.getoption("check"),
        "layout": config.getoption("layout"),
        "precision": config.getoption("benchmark_precision"),
        "max_time": float(config.getoption("benchmark_max_time")),
        "min_rounds": config.getoption("benchmark_min_rounds"),
        "trace": config.getoption("race_trace"),
        "disable_gc": config.getoption("benchmark_disable_gc"),
    }
    if (calls := config.getoption("calls")) is not None:
        given["calls"] = parse_calls(calls)
    if given["precision"] is not None:
        given["confidence"] = config.getoption("benchmark_confidence")
    for name in ("launches", "round_timeout"):
        if given[name] is not None and not 0 < given[name] < math.inf:
            raise BadInput(f"--{name.replace('_', '-')} {given[name]}: give a number above 0")
    if not 0 <= given["max_time"] < math.inf:
        raise BadInput(f"--benchmark-max-time {given['max_time']}: give a number of seconds")
    if given["seed"] is not None and not 0 <= given["seed"] < 2**63:
        raise BadInput(f"--race-seed {given['seed']}: give a whole number from 0 to 2^63 - 1")
    if given["tolerance"] is not None and not 0 <= given["tolerance"] < 1:
        raise BadInput(f"--tolerance {given['tolerance']}: give a number from 0 to below 1")
    return Settings(**{name: value for name, value in given.items() if value is not None})


def warn_of_what_cannot_apply(config: pytest.Config) -> None:
    """Warn once of options of pytest-benchmark that mean nothing here."""
    for option, why in _CANNOT_APPLY.items():
        words = f"--{option.replace('_', '-')}"
        if any(argument.partition("=")[0] == words for argument in map(str, config.invocation_params.args)):
            config.issue_config_time_warning(pytest.PytestConfigWarning(f"{words} does not apply: {why}"), stacklevel=2)
