"""How good advice was: pure functions from the journal of `certify_advice.py` to its tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal, TypeAlias

import msgspec
import numpy as np

from execbench.advice.answer import PERHAPS
from execbench.report.numbers import seconds, three_figures
from execbench.stats import Interval, mean_of_launches

Profile: TypeAlias = Literal["once", "many"]
CALLS: tuple[Profile, ...] = ("once", "many")
SERIAL = "serial"
PROCESS_POOL = "process_pool"

TOLERANCE = 0.05
"""Within this much of the best, a setting is right."""

ADVICE = "execbench advise"
MODEL = "the model alone"
RUN_ALONE = "execbench run alone"

USE = ("use", "use_perhaps", "either")
"""The verdicts that name a backend."""


class Advised(msgspec.Struct):
    """What one advice came to. Settings are named as in the truth."""

    verdict: str
    winner: str | None = None
    model: str | None = None
    """What the model alone would have chosen."""
    seconds: float | None = None
    """Beyond the user's own imports."""
    reason: str | None = None
    """Why there is none."""


class Cost(msgspec.Struct):
    """What a setting took in each launch; all settings of a row share the launches."""

    once: list[float]
    """Seconds of one call: opening, the first call, and closing."""
    many: list[float]
    """The median log ratio of its rounds to the loop's."""

    def logs(self, calls: Profile) -> list[float]:
        """Return logarithms that can be subtracted from those of another setting."""
        return [math.log(seconds) for seconds in self.once] if calls == "once" else self.many


class Row(msgspec.Struct):
    """One finished cell: a function at one size."""

    id: str
    situation: str
    half: str
    unsafe: bool
    launches: int
    advice: dict[Profile, Advised] = {}
    """For each number of calls."""
    run_alone: dict[Profile, str] | None = None
    """The winner that `execbench run` names for each number of calls; None if it was not asked."""
    rules: dict[str, str] = {}
    """The setting that each rule of thumb chooses."""
    truth: dict[str, Cost] = {}
    failed: dict[str, str] = {}
    """Why settings failed in the race: wrong results, or none."""
    script_seconds: list[float] | None = None
    """What each run of the printed program took, one call; empty if it fails, and None if none was printed."""
    loop_seconds: float | None = None
    seconds: float | None = None
    """What the cell took to measure."""
    day: str = ""
    commit: str = ""
    """Of execbench."""


@dataclass(frozen=True)
class Judged:
    """One choice, held against the truth."""

    verdict: str
    within: bool | None
    """Whether it is within the tolerance of the best, or serves a user as badly; None where the truth cannot tell."""
    regret: float | None
    """How much longer it takes than the best; infinite if it fails, and None if nothing was chosen."""
    slower_than_loop: bool
    """For certain, or it fails."""

    @property
    def wrong_use(self) -> bool:
        """Whether it names a backend although the loop is faster."""
        return self.slower_than_loop and self.verdict in USE

    @property
    def silent_miss(self) -> bool:
        """Whether it is not within the tolerance and does not say that it may not be the best."""
        return self.within is False and self.verdict not in (*PERHAPS, "cannot_tell")


def ratio(row: Row, numerator: str, denominator: str, calls: Profile) -> Interval:
    """Return how many times as long one setting takes as another."""
    logs = np.subtract(row.truth[numerator].logs(calls), row.truth[denominator].logs(calls))
    return mean_of_launches(logs).interval()


def best(row: Row, calls: Profile) -> str:
    """Return the setting that took the least time."""
    return min(row.truth, key=lambda key: float(np.mean(row.truth[key].logs(calls))))


def within_tolerance(row: Row, key: str, calls: Profile) -> bool | None:
    """Return whether a setting is within the tolerance of the best; None if its interval holds both answers."""
    if key in row.failed:
        return False
    slower = ratio(row, key, best(row, calls), calls)
    if slower.low <= 1 + TOLERANCE < slower.high:
        return None
    return slower.high <= 1 + TOLERANCE


def judged(row: Row, verdict: str, key: str | None, calls: Profile) -> Judged | None:
    """Judge a choice; None where the race does not have it.

    Who gets no choice is left with nothing, though the truth can tell: that is not within the tolerance.
    """
    if verdict in ("cannot_tell", "failed"):
        can_tell = within_tolerance(row, SERIAL, calls) is not None
        return Judged(verdict, False if can_tell else None, None, slower_than_loop=False)
    key = SERIAL if verdict in ("do_not", "stay_serial", "stay_perhaps") else key
    if key in row.failed:
        return Judged(verdict, False, math.inf, slower_than_loop=True)
    if key is None or key not in row.truth:
        return None
    regret = ratio(row, key, best(row, calls), calls).estimate - 1
    slower = key != SERIAL and ratio(row, key, SERIAL, calls).low > 1
    return Judged(verdict, within_tolerance(row, key, calls), regret, slower)


def choices(row: Row, calls: Profile) -> Iterator[tuple[str, str, str | None]]:
    """Yield who chooses, the verdict, and the setting: the advice, and the baselines that it must beat."""
    advised = row.advice[calls]
    yield ADVICE, advised.verdict, advised.winner
    others = {MODEL: advised.model, **row.rules}
    if row.run_alone is not None:
        others[RUN_ALONE] = row.run_alone.get(calls)
    for name, key in others.items():
        yield name, "cannot_tell" if key is None else "stay_serial" if key == SERIAL else "use", key


def columns(found: Sequence[Judged]) -> list[str]:
    """Return the figures of one chooser."""
    decidable = [each for each in found if each.within is not None]
    right = sum(bool(each.within) for each in decidable)
    regrets = sorted(each.regret for each in found if each.regret is not None)
    unsaid = sum(each.verdict in ("cannot_tell", "failed") for each in found)
    return [
        str(len(found)),
        f"{right} of {len(decidable)}{_share(right, len(decidable))}",
        str(sum(each.silent_miss for each in decidable)),
        *(_regret(_at(regrets, place)) for place in (0.5, 0.9, 1.0)),
        f"{unsaid}{_share(unsaid, len(found))}",
        str(sum(each.wrong_use for each in found)),
    ]


def _share(count: int, of: int) -> str:
    return f" ({count / of:.1%})" if of else ""


def _at(ordered: Sequence[float], place: float) -> float | None:
    """Return the smallest value that at least this share of them does not exceed."""
    return ordered[max(0, math.ceil(place * len(ordered)) - 1)] if ordered else None


def _regret(value: float | None) -> str:
    if value is None:
        return "-"
    if value == math.inf:
        return "fails"
    return f"{value:.1%}" if value < 1 else f"{three_figures(1 + value)}x as long"


HEADING = (
    "chosen by",
    "cells",
    "within 5 % of the best, where the truth can tell",
    'missed, and no "perhaps" said',
    "regret: median",
    "90th percentile",
    "worst",
    "cannot tell",
    'wrong "use"',
)


def report(rows: Sequence[Row], total: int) -> str:
    """Return all tables in Markdown."""
    halves = sorted({row.half for row in rows}, reverse=True)
    days, commits = (", ".join(sorted(found)) for found in ({row.day for row in rows}, {row.commit for row in rows}))
    lines = [f"{len(rows)} of {total} cells are covered: measured on {days}, at commit {commits}.", ""]
    for half in halves:
        of_half = [row for row in rows if row.half == half]
        for calls in CALLS:
            lines += [f"## {half}, {calls}", "", *_table(of_half, calls), "", *_said(of_half, calls), ""]
    return "\n".join(lines)


def _table(rows: Sequence[Row], calls: Profile) -> Iterator[str]:
    found: dict[str, list[Judged]] = {}
    for row in rows:
        if SERIAL not in row.truth:
            continue
        for name, verdict, key in choices(row, calls):
            judgement = judged(row, verdict, key, calls)
            if judgement is not None:
                found.setdefault(name, []).append(judgement)
    yield _line(HEADING)
    yield _line(["---"] * len(HEADING))
    for name, judgements in found.items():
        yield _line([name, *columns(judgements)])


def _said(rows: Sequence[Row], calls: Profile) -> Iterator[str]:
    """Say what is no column: how long the advice took, what was refused, and what could not be raced."""
    taken = [took for row in rows if (took := row.advice[calls].seconds) is not None]
    if taken:
        yield f"- The advice took {median(taken):.1f} s in the median and {max(taken):.1f} s at most, beyond imports."
    if calls == "once":
        yield from _said_of_scripts(rows)
    unsafe = [row for row in rows if row.unsafe]
    used = [f"{row.id} ({row.advice[calls].verdict})" for row in unsafe if row.advice[calls].verdict != "do_not"]
    yield f"- {len(unsafe)} cells are not safe in parallel; not refused: {', '.join(used) or 'none'}."
    safe = [row for row in rows if not row.unsafe]
    refused = [f"{row.id} ({row.advice[calls].reason})" for row in safe if row.advice[calls].verdict == "do_not"]
    yield f"- {len(safe)} cells are safe; refused: {', '.join(refused) or 'none'}."
    for row in safe:
        if SERIAL not in row.truth:
            yield f"- Not raced: {row.id}: {row.failed.get(SERIAL)}"


def _said_of_scripts(rows: Sequence[Row]) -> Iterator[str]:
    """Say how the printed programs did: each is held against the same setting in the race."""
    printed = [row for row in rows if row.script_seconds is not None and row.advice["once"].winner in row.truth]
    ratios = sorted(
        median(row.script_seconds) / median(row.truth[row.advice["once"].winner or ""].once)
        for row in printed
        if row.script_seconds
    )
    failing = [row.id for row in printed if not row.script_seconds]
    if ratios:
        low, middle, high = (_at(ratios, place) or 0.0 for place in (0.1, 0.5, 0.9))
        yield (
            f"- {len(ratios)} printed programs were run as scripts: the call takes {middle:.2f} times as long as in "
            f"the race in the median, {low:.2f} at the 10th percentile and {high:.2f} at the 90th."
        )
    yield f"- Printed programs that fail: {', '.join(failing) or 'none'}."


def misses(rows: Sequence[Row]) -> Iterator[str]:
    """Yield a line for each advice that is certainly not within the tolerance, the worst first."""
    found: list[tuple[float, str]] = []
    for row in rows:
        for calls in CALLS if SERIAL in row.truth else ():
            advised = row.advice[calls]
            judgement = judged(row, advised.verdict, advised.winner, calls)
            if judgement is not None and judgement.within is False:
                regret = math.inf if judgement.regret is None else judgement.regret
                said = f"{advised.verdict} {advised.winner or ''}".strip()
                why = f" ({advised.reason})" if advised.reason else ""
                fastest = f"the best is {best(row, calls)}; regret {_regret(judgement.regret)}"
                found.append(
                    (regret, f"- {row.id}, {calls}, a loop of {seconds(row.loop_seconds)}: {said}{why}; {fastest}")
                )
    return (line for _, line in sorted(found, reverse=True))


def _line(words: Sequence[str]) -> str:
    return f"| {' | '.join(words)} |"
