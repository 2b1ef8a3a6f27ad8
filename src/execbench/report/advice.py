"""The report of an advice: the verdict, why, how sure it is, what was not tried, and the program."""

from collections.abc import Iterator
from typing import Any

from execbench.advice.answer import PERHAPS, Advice, Otherwise
from execbench.advice.selection import CONFIDENCE, TOLERANCE
from execbench.plugins.baseline import BASELINE
from execbench.report import numbers
from execbench.report.charts.chart import chart, ends
from execbench.report.document import Block, Cell, Chart, Column, Document, Paragraph, Program, Section, Table
from execbench.report.escape import labels, shown
from execbench.report.reasons import not_tried, warnings, why
from execbench.stats import Interval

_LOOP = ("Stay serial, and let libraries have one thread", "with more")
"""What to do if that is the best, and what it is compared with."""


def advice_document(advice: Advice) -> Document:
    """Return the report."""
    blocks: list[Block] = [Paragraph(headline(advice), "verdict"), *map(Paragraph, _sentences(advice))]
    blocks += [Paragraph(f"Beware: {warning}.", "warn") for warning in warnings(advice)]
    if advice.code:
        blocks.append(Program(advice.code))
    candidates = Section("Candidates", [*_chart(advice), _table(advice)], aside=True)
    return Document(f"Advice on {shown(advice.function)}", [Section(shown(advice.function), [*blocks, candidates])])


def headline(advice: Advice) -> str:
    """Say in a sentence what to do."""
    for_calls = _for_calls(advice)
    name = "" if advice.winner is None else advice.titled(advice.winner)
    if advice.verdict == "do_not":
        return f"Do not run this in parallel: {advice.reason}."
    if advice.verdict == "cannot_tell":
        return f"Cannot tell: {advice.reason}."
    doubt = ", perhaps not the best" if advice.verdict in PERHAPS else ""
    if advice.winner == BASELINE:
        return _stay(advice, doubt, for_calls)
    doing, than = _LOOP if advice.option is not None and advice.option.kind == "loop" else (f"Use {name}", "a loop")
    gain = "" if advice.gain is None else f": {_times(advice.gain)} as fast as {than} {for_calls}"
    other = advice.simpler_than
    simpler = (
        f" {advice.titled(other)} is as fast, and {name} is simpler." if advice.verdict == "either" and other else ""
    )
    return f"{doing}{doubt}{gain}.{simpler}"


def _stay(advice: Advice, doubt: str, for_calls: str) -> str:
    if advice.gain is None or advice.simpler_than is None:
        why = "" if doubt else ": no executor can be worth using"
        return f"Stay serial{doubt} {for_calls}{why}."
    nearest = advice.titled(advice.simpler_than)
    but = f", but {advice.reason}" if advice.reason is not None and not doubt else ""
    return f"Stay serial{doubt}: the nearest, {nearest}, is {_times(advice.gain)} as fast as a loop {for_calls}{but}."


def _sentences(advice: Advice) -> Iterator[str]:
    reasons = "; ".join(why(advice))
    if reasons:
        yield f"Why: {reasons}."
    sure = "; ".join(_how_sure(advice))
    if sure:
        yield f"How sure: {sure}."
    left_out = "; ".join(not_tried(advice.candidates))
    if left_out:
        yield f"Not tried: {left_out}."
    yield from (_otherwise(advice, other) for other in advice.otherwise)


def _how_sure(advice: Advice) -> Iterator[str]:
    seen = advice.seen
    if advice.regret_bound is not None:
        bound = max(TOLERANCE, advice.regret_bound)
        yield f"{numbers.percent(CONFIDENCE)} that nothing tried is more than {numbers.percent(bound)} faster"
    if advice.reason is not None and advice.verdict in PERHAPS:
        yield advice.reason
    if seen is not None:
        spread = seen.longest / max(seen.typical, 1e-12)
        tasks = numbers.count(seen.tasks, "task")
        yield f"saw {seen.run:,} of {tasks}, the longest {numbers.three_figures(spread)}x the median"


def _otherwise(advice: Advice, other: Otherwise) -> str:
    """Say what another situation would change."""
    if other.longer > 1:
        gain = "" if other.gain is None else f" would gain about {numbers.three_figures(other.gain.estimate)}x"
        seconds = 0.0 if advice.seen is None else advice.seen.typical * other.longer
        return f"If tasks took {numbers.seconds(seconds)}: {advice.titled(other.winner or '')}{gain}."
    if other.winner == advice.winner:
        return f"{_if(other)}: the same."
    if other.winner is None:
        return f"{_if(other)}: cannot tell."
    if other.winner == BASELINE:
        return f"{_if(other)}: stay serial."
    gain = "" if other.gain is None else f", {_times(other.gain)} as fast as a loop"
    return f"{_if(other)}: use {advice.titled(other.winner)}{gain}."


def _if(other: Otherwise) -> str:
    return "For one call" if other.calls in ("once", 1) else "If the pool lives on"


def _times(gain: Interval) -> str:
    return numbers.speedup(gain)


def _for_calls(advice: Advice) -> str:
    if advice.calls == "many":
        return "in a pool that lives on"
    return "for one call" if advice.calls in ("once", 1) else f"for {advice.calls:,} calls"


def _chart(advice: Advice) -> list[Chart]:
    """Return what was predicted beside what was measured, of the candidates that were raced."""
    raced = [option for option in advice.candidates if option.predicted is not None and option.measured is not None]
    names = labels(option.id for option in raced)
    rows: list[dict[str, Any]] = [
        {"candidate": names[option.id], "what": what, "seconds": interval.estimate, **ends(interval)}
        for option in raced
        for what, interval in (("predicted", option.predicted), ("measured", option.measured))
        if interval is not None
    ]
    said = (f"{row['candidate']} {row['what']} {numbers.seconds(row['seconds'])}" for row in rows)
    return chart("advice", rows, f"Seconds of a call: {'; '.join(said)}.")


def _table(advice: Advice) -> Table:
    columns = [Column("candidate", numeric=False), *map(Column, ("predicted", "measured", "gain"))]
    rows = [
        [
            Cell(option.id),
            Cell("-" if option.predicted is None else numbers.seconds(option.predicted.estimate)),
            Cell("-" if option.measured is None else numbers.seconds_interval(option.measured)),
            Cell(numbers.speedup(option.speedup)),
        ]
        for option in advice.candidates
    ]
    return Table(columns, rows, "What was predicted and measured of each candidate")
