"""The functions on which `execbench advise` is certified, from advice/advice.toml, in two halves."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

FOLDER = Path(__file__).parent / "advice"
SIZES = ("small", "middle", "large")
SEED = 15
"""Of the split and of the order of the cells."""

Half: TypeAlias = Literal["tune", "look_once"]


@dataclass(frozen=True)
class Function:
    """A function with tasks for three sizes around the break-even."""

    name: str
    situation: str
    tasks: tuple[str, ...]
    """For each of `SIZES`."""
    half: Half
    library: str | None = None
    """None for the standard library."""
    star: bool = False
    numeric: bool = False
    """Whether it computes with arrays: what Dask's rule of thumb asks."""
    unsafe: bool = False
    """Whether the right advice is not to run it in parallel as it is written."""


@dataclass(frozen=True)
class Cell:
    """A function at one size."""

    function: Function
    size: str

    @property
    def id(self) -> str:
        """The name of the function with the size."""
        return f"{self.function.name}/{self.size}"

    @property
    def tasks(self) -> str:
        """What `--tasks` takes."""
        return self.function.tasks[SIZES.index(self.size)]

    @property
    def arguments(self) -> list[str]:
        """The function and its tasks, as every command takes them."""
        star = ["--star"] if self.function.star else []
        return [self.function.name, "--tasks", self.tasks, *star]


def listed() -> list[Function]:
    """Return the functions of the table."""
    content = tomllib.loads((FOLDER / "advice.toml").read_text(encoding="utf-8"))
    return [_function(entry) for entry in content["functions"]]


def _function(entry: dict[str, Any]) -> Function:
    return Function(**{**entry, "tasks": tuple(entry["tasks"][size] for size in SIZES)})


def halves(situations: Sequence[str]) -> Iterator[Half]:
    """Yield a half for each function, given its situation: by lot, and so that each situation is in both if it can be.

    The table holds what this gave before anything was measured, so that nobody can move a function afterwards.
    """
    order = list(range(len(situations)))
    random.Random(SEED).shuffle(order)
    order.sort(key=lambda place: situations[place])  # stable: by lot within a situation
    place_in_order = {place: number for number, place in enumerate(order)}
    for place in range(len(situations)):
        yield get_args(Half)[place_in_order[place] % 2]


def cells(functions: Sequence[Function], wanted: Sequence[Half], pattern: str = "") -> list[Cell]:
    """Return the cells of some halves, by lot: whenever the time is up, those that were covered are a fair sample.

    Each function comes at one size before any comes at another, as the sizes of one function are not independent.
    """
    lots = random.Random(SEED)
    sizes = {function: lots.sample(SIZES, len(SIZES)) for function in functions}
    rounds = [[Cell(function, sizes[function][turn]) for function in functions] for turn in range(len(SIZES))]
    found = [cell for turn in rounds for cell in lots.sample(turn, len(turn))]
    return [cell for cell in found if cell.function.half in wanted and pattern in cell.id]
