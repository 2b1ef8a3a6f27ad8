"""The verdict of a race: which backend to use, by how much, how sure that is, and when to stay serial.

It answers two questions: which backend suits a single call, for which it is opened and closed, and which one suits many
calls, for which it lives on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from execbench.records.calls import MANY, ONCE, pays_from, speedup
from execbench.records.control import Controlled, control_of
from execbench.records.doubts import Code
from execbench.records.winner import is_believable, ties, winners
from execbench.report import numbers
from execbench.report.causes import because
from execbench.report.caveats import caveats
from execbench.report.trials import Entry, middle
from execbench.stats import Interval

_CAUTIONS: Mapping[Code, str] = {
    "tasks_differ": "the tasks are not the same in every launch",
    "tasks_changed": "the function changes its tasks, so that later rounds do other work",
    "unchecked": "some results cannot be compared, so nobody knows whether they are right",
    "not_checked": "the results were not compared with those of a plain loop",
    "layout": "launches fall into two kinds, so a mean speaks for neither of them",
    "remembers": "the function remembers earlier calls, so that later rounds do less work",
}
"""The doubts that say that the race did not measure what it should."""


def verdict(entries: Sequence[Entry], calls: float = MANY) -> str:
    """Say in a few sentences what the trials of one race, under one interpreter, show, and what speaks against it.

    `calls` is the number of calls whose winner comes first.
    """
    impossible = [entry for entry in entries if entry.record.ok and not is_believable(entry.record)]
    codes = {doubt.code for entry in entries for doubt in entry.record.doubts}
    cautions = [caution for code, caution in _CAUTIONS.items() if code in codes]
    beware = f"Beware: {'; '.join(cautions)}. " if cautions else ""
    names = ", ".join(entry.title for entry in impossible)
    left_out = f" Left out, as their figures are impossible: {names}." if impossible else ""
    believable = [entry for entry in entries if entry not in impossible]
    if impossible and not any(entry.record.ok for entry in believable):
        return f"{beware}No verdict: no trial can be believed.{left_out}"
    return f"{beware}{_verdict(believable, calls)}{left_out}"


def _verdict(entries: Sequence[Entry], calls: float) -> str:
    ok = [entry for entry in entries if entry.record.ok]
    serial = next((entry for entry in ok if entry.record.is_baseline), None)
    rivals = [entry for entry in ok if not (entry.record.is_baseline or entry.record.is_control)]
    if not ok:
        reasons = {(entry.record.reason or "").partition("\n")[0] for entry in entries}
        same = reasons.pop() if len(reasons) == 1 else ""
        return f"No verdict: every trial failed{f', as {same}' if same else ''}."
    if serial is None:
        return f"No verdict on staying serial, as there is no baseline; the fastest is {rivals[0].title}."
    if not rivals:
        seconds = numbers.seconds(serial.record.samples.median)
        return f"Nothing to compare: only serial was measured, at {seconds} a round."
    asked, *others = (
        _Question(number, serial, rivals, entries, next((entry for entry in ok if entry.record is best), None))
        for number, best in winners([entry.record for entry in entries], calls).items()
    )
    if asked.winner is None:
        return "Cannot tell: no backend has an interval, which takes two launches. Raise --launches."
    return " ".join([_first(asked), *(said for other in others for said in _then(other, asked))])


@dataclass(frozen=True)
class _Question:
    """Which trial suits a number of calls."""

    calls: float
    serial: Entry
    rivals: Sequence[Entry]
    """Those that may win."""
    entries: Sequence[Entry]
    """With controls, and those that failed."""
    winner: Entry | None
    """The answer; None if nothing tells."""

    @property
    def words(self) -> str:
        """The calls, after `for`."""
        if self.calls == ONCE:
            return "one call"
        return "a pool that lives on" if self.calls == MANY else f"{self.calls:,.0f} calls"

    def speedup(self, entry: Entry) -> Interval | None:
        """Return how many times as fast as the loop a trial is."""
        return speedup(entry.record, self.serial.record, self.calls)

    def ties(self, entry: Entry, winner: Entry) -> bool:
        """Return whether a trial may be as fast as the winner."""
        return ties(entry.record, winner.record, self.calls)


def _first(asked: _Question) -> str:
    """Answer the question that matters most, with all that ties."""
    answer = _stay_serial(asked) if asked.winner in (asked.serial, None) else _use(asked, asked.winner)
    return answer if asked.calls == MANY else f"For {asked.words}, {answer[0].lower()}{answer[1:]}"


def _then(asked: _Question, first: _Question) -> Iterator[str]:
    """Answer another question: where another trial wins, from how many calls one of the two is faster."""
    best, before = asked.winner, first.winner
    if best is None or before is None:
        return
    if best is before:
        same = f"The same holds for {asked.words}"
        yield f"{same}." if best is asked.serial else f"{same}: {_compared(asked, best)}."
        return
    if best is asked.serial:
        yield f"For {asked.words}, stay serial: {before.title} is {_compared(asked, before)}."
    else:
        yield f"For {asked.words}, use {best.title}: {_compared(asked, best)}."
        yield from _caveats(asked, best)
    short, long = (best, before) if asked.calls < first.calls else (before, best)
    if (fewest := pays_from(long.record, short.record)) is not None and fewest > 1:
        yield f"From about {numbers.count(fewest, 'call')}, {long.title} is faster."


def _use(asked: _Question, winner: Entry) -> str:
    sentence = f"Use {winner.title}: {_compared(asked, winner)}."
    ties = [entry.title for entry in asked.rivals if entry is not winner and asked.ties(entry, winner)]
    return " ".join([sentence, _tied(ties), *_caveats(asked, winner)])


def _tied(titles: Sequence[str]) -> str:
    if not titles:
        return "No other backend ties with it."
    *others, last = titles
    return f"It ties with {', '.join(others)}{' and ' if others else ''}{last}."


def _stay_serial(asked: _Question) -> str:
    known = [(entry, found) for entry in asked.rivals if (found := asked.speedup(entry)) is not None]
    nearest, speedup = max(known, key=lambda pair: pair[1].estimate)
    sentence = f"Stay serial: the nearest, {nearest.title}, is {_compared(asked, nearest)}."
    if asked.calls != MANY:
        return sentence
    serial, record = asked.serial.record, nearest.record
    reason = because(record, serial)
    if not speedup.excludes(1.0):
        if not record.settled:
            return f"{sentence} {reason}".rstrip()
        # All launches of the race settled it: its own are too few for an interval that says so.
        times = numbers.three_figures(numbers.slowdown(speedup).estimate)
        sentence = (
            f"Stay serial: the nearest, {nearest.title}, is slower, about {times}x in {record.launches} launches."
        )
    overhead = max(0.0, record.samples.median - serial.samples.median / record.max_workers)
    start = numbers.seconds(middle(record.startup_seconds))
    said = f"{sentence} Its overhead is {numbers.seconds(overhead)} per round, plus {start} to start."
    return f"{said} {reason}".rstrip()


def _compared(asked: _Question, entry: Entry) -> str:
    """Compare a trial with the loop."""
    speedup = asked.speedup(entry)
    if speedup is None:
        return "not to be compared with serial"
    if not speedup.excludes(1.0):
        return f"indistinguishable from serial ({numbers.confidence(speedup)})"
    if speedup.estimate > numbers.SLOWER:
        return f"{numbers.three_figures(speedup.estimate)}x as fast ({numbers.confidence(speedup)}) as serial"
    slower = numbers.slowdown(speedup)
    return f"{numbers.three_figures(slower.estimate)}x slower ({numbers.confidence(slower)}) than serial"


def _caveats(asked: _Question, winner: Entry) -> Iterator[str]:
    """Say where its workers do not make a trial win."""
    control = control_of(winner.record, [entry.record for entry in asked.entries])
    title = next((entry.title for entry in asked.entries if entry.record is control), "")
    return caveats(Controlled(winner.record, asked.serial.record, control, asked.calls), title)
