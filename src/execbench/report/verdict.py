"""The verdict of a race: which backend to use, by how much, how sure that is, and when to stay serial."""

from collections.abc import Mapping, Sequence

from execbench.records.doubts import Code
from execbench.records.record import Record
from execbench.report import numbers
from execbench.report.causes import because
from execbench.report.trials import Entry, middle
from execbench.stats import Interval, paired_ratio

_CAUTIONS: Mapping[Code, str] = {
    "tasks_differ": "the tasks are not the same in every launch",
    "tasks_changed": "the function changes its tasks, so that later rounds do other work",
    "unchecked": "some results cannot be compared, so nobody knows whether they are right",
    "not_checked": "the results were not compared with those of a plain loop",
    "remembers": "the function remembers earlier calls, so that later rounds do less work",
}
"""The doubts that say that the race did not measure what it should."""


def verdict(entries: Sequence[Entry]) -> str:
    """Say in a few sentences what the trials of one race, under one interpreter, show, and what speaks against it."""
    impossible = [entry for entry in entries if entry.record.ok and "impossible" in _codes(entry)]
    codes = {code for entry in entries for code in _codes(entry)}
    cautions = [caution for code, caution in _CAUTIONS.items() if code in codes]
    beware = f"Beware: {'; '.join(cautions)}. " if cautions else ""
    names = ", ".join(entry.title for entry in impossible)
    left_out = f" Left out, as their figures are impossible: {names}." if impossible else ""
    believable = [entry for entry in entries if entry not in impossible]
    if impossible and not any(entry.record.ok for entry in believable):
        return f"{beware}No verdict: no trial can be believed.{left_out}"
    return f"{beware}{_verdict(believable)}{left_out}"


def winner(entries: Sequence[Entry]) -> Record | None:
    """Return the trial that the verdict advises: the baseline if it is to stay serial; None if it cannot tell."""
    believable = [entry.record for entry in entries if entry.record.ok and "impossible" not in _codes(entry)]
    known = [(record, record.speedup) for record in believable if record.speedup is not None]
    winners = [(record, speedup) for record, speedup in known if speedup.low > 1]
    if winners:
        return max(winners, key=lambda pair: pair[1].estimate)[0]
    return next((record for record in believable if record.is_baseline), None) if known else None


def _codes(entry: Entry) -> list[Code]:
    return [doubt.code for doubt in entry.record.doubts]


def _verdict(entries: Sequence[Entry]) -> str:
    ok = [entry for entry in entries if entry.record.ok]
    serial = next((entry.record for entry in ok if entry.record.is_baseline), None)
    rivals = [entry for entry in ok if not entry.record.is_baseline]
    if not ok:
        reasons = {(entry.record.reason or "").partition("\n")[0] for entry in entries}
        same = reasons.pop() if len(reasons) == 1 else ""
        return f"No verdict: every trial failed{f', as {same}' if same else ''}."
    if serial is None:
        return f"No verdict on staying serial, as there is no baseline; the fastest is {rivals[0].title}."
    if not rivals:
        return f"Nothing to compare: only serial was measured, at {numbers.seconds(serial.samples.median)} a round."
    known = [(entry, entry.record.speedup) for entry in rivals if entry.record.speedup is not None]
    if not known:
        return "Cannot tell: no backend has an interval, which takes two launches. Raise --launches."
    best, speedup = max(known, key=lambda pair: (pair[1].low > 1, pair[1].estimate))
    answer = _stay_serial(serial, best, speedup) if winner(ok) is serial else _use(best, speedup, rivals)
    return " ".join(filter(None, (answer, because(best.record, serial, [entry.record for entry in ok]))))


def _use(winner: Entry, speedup: Interval, rivals: Sequence[Entry]) -> str:
    sentence = f"Use {winner.title}: {_in_words(speedup)} serial."
    ties = [entry.title for entry in rivals if entry is not winner and _ties(entry.record, winner.record)]
    if not ties:
        return f"{sentence} No other backend ties with it."
    *others, last = ties
    return f"{sentence} It ties with {', '.join(others)}{' and ' if others else ''}{last}."


def _stay_serial(serial: Record, nearest: Entry, speedup: Interval) -> str:
    if not speedup.excludes(1.0):
        return f"Stay serial: the nearest, {nearest.title}, is indistinguishable from serial ({_interval(speedup)})."
    record = nearest.record
    overhead = max(0.0, record.samples.median - serial.samples.median / record.max_workers)
    return (
        f"Stay serial: the nearest, {nearest.title}, is {_in_words(speedup)} serial. Its overhead is "
        f"{numbers.seconds(overhead)} per round, plus {numbers.seconds(middle(record.startup_seconds))} to start."
    )


def _ties(record: Record, winner: Record) -> bool:
    ratio = paired_ratio(record.samples, winner.samples)
    return ratio is None or ratio.low <= 1


def _in_words(speedup: Interval) -> str:
    if speedup.estimate <= numbers.SLOWER:
        slower = numbers.slowdown(speedup)
        return f"{numbers.three_figures(slower.estimate)}x slower ({_interval(slower)}) than"
    return f"{numbers.three_figures(speedup.estimate)}x as fast ({_interval(speedup)}) as"


def _interval(interval: Interval) -> str:
    return f"95 % interval {numbers.three_figures(interval.low)} to {numbers.three_figures(interval.high)}"
