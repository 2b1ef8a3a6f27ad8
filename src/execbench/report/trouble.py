"""What went wrong in a race: the trials that failed, and those whose figures are in doubt."""

from collections.abc import Sequence

from execbench.report import numbers
from execbench.report.document import Items, lines
from execbench.report.trials import Entry, grouped


def trouble(trials: Sequence[Entry]) -> list[Items]:
    """Return the failures and the doubts of trials."""
    return [
        Items(lines(_failures(trials)), "Failures", "failed", "bad"),
        Items(lines(_doubts(trials)), "Doubts", "doubt", "warn"),
    ]


def _failures(trials: Sequence[Entry]) -> list[str]:
    """Each reason once with all its trials: a broken workload fails every backend alike."""
    failed = [entry for entry in trials if not entry.record.ok]
    reasons = grouped(failed, lambda entry: f"{entry.record.status}: {entry.record.reason}")
    return [f"{', '.join(entry.title for entry in struck)}: {reason}" for reason, struck in reasons.items()]


def _doubts(trials: Sequence[Entry]) -> list[str]:
    """Each kind of doubt once: its trials with their numbers, and the advice."""
    doubts = [(entry.title, doubt) for entry in trials for doubt in entry.record.doubts]
    said: list[str] = []
    for code, pairs in grouped(doubts, lambda pair: pair[1].code).items():
        figures = [
            f"{title} ({', '.join(f'{name} {numbers.number(value)}' for name, value in doubt.numbers.items())})"
            for title, doubt in pairs
        ]
        advice = dict.fromkeys(doubt.advice for _, doubt in pairs)
        said.append(f"{code}: {'; '.join(figures)}: {'; '.join(advice)}")
    return said
