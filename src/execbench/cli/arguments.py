"""Types of arguments, for argparse: what they refuse, they say in a user's words."""

import argparse
import math
from pathlib import Path

from execbench.cli import output
from execbench.environment import usable_cpus
from execbench.settings import Settings


def count(text: str) -> int:
    """Read a whole number above 0."""
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def seconds(text: str) -> float:
    """Read a time above 0."""
    return _above_zero(text, "a number of seconds above 0")


def fraction(text: str) -> float:
    """Read a fraction above 0."""
    return _above_zero(text, "a fraction above 0, such as 0.05")


def share(text: str) -> float:
    """Read a fraction above 0, or a percentage."""
    if text.endswith("%"):
        return _above_zero(text[:-1], "a share above 0, such as 0.02 or 2%") / 100
    return _above_zero(text, "a share above 0, such as 0.02 or 2%")


def launches_with_spread(text: str) -> int:
    """Read a number of launches that has a spread: two or more."""
    if not (text.isdecimal() and int(text) > 1):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 1: an interval needs two launches")
    return int(text)


def seed(text: str) -> int:
    """Read a seed."""
    if not (text.isdecimal() and int(text) < 2**63):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 2^63 - 1")
    return int(text)


def add_sweep(parser: argparse.ArgumentParser, launches: int) -> None:
    """Add what the sweeps have in common; `launches` is their minimum unless a user says otherwise."""
    parser.add_argument(
        "-b",
        "--backend",
        action="append",
        default=[],
        metavar="NAME",
        help="as for `execbench run`; repeatable; default: every available one but the serial loop",
    )
    parser.add_argument(
        "--grain",
        default="spin[steps]",
        metavar="WORKLOAD[OPTION]",
        help="the workload, and its option of whole numbers that makes a task longer; default: spin[steps]",
    )
    parser.add_argument("--max-workers", type=count, metavar="N", help="number of workers; default: the usable CPUs")
    parser.add_argument(
        "--launches",
        type=launches_with_spread,
        default=launches,
        metavar="N",
        help=f"minimum launches; default: {launches}",
    )
    parser.add_argument(
        "--round-timeout",
        type=seconds,
        default=60.0,
        metavar="SECONDS",
        help="a round that takes longer is hung: its lane is ended; default: 60",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep what was measured; `execbench report` reads it")
    output.add_report(parser)


def sweep_settings(parsed: argparse.Namespace) -> Settings:
    """Return how a sweep is run."""
    return Settings(launches=parsed.launches, max_time=parsed.max_time, round_timeout=parsed.round_timeout)


def workers(parsed: argparse.Namespace) -> int:
    """Return the number of workers of a sweep."""
    return parsed.max_workers or usable_cpus()


def _above_zero(text: str, wanted: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")
    return value
