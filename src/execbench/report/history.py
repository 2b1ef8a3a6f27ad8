"""The report of a history for a terminal: what changed lately, the worst first."""

from collections.abc import Sequence

from execbench.history.bisect import Outcome
from execbench.history.history import History
from execbench.history.news import News, failed, lately
from execbench.history.notes import Notes
from execbench.report import columns, numbers
from execbench.report.columns import BASES, Field, shown
from execbench.report.document import Block, Document, Item, Items, Paragraph, Section, Table, Tone, lines
from execbench.report.escape import labels

_MAX_ITEMS = 20
"""The most failed trials, or skipped files, that are listed."""


def history_document(history: History, notes: Notes, last: int) -> Document:
    """Return what changed at the last commits."""
    news = lately(history, notes, last)
    blocks: list[Block] = [Paragraph(_headline(history, news, last), "verdict")]
    if news:
        blocks.append(news_table(news))
    failures = [f"{trial.name}: {trial.status} at {commit.short}: {trial.reason}" for commit, trial in failed(history)]
    blocks += [_items(failures, "failed", "bad"), _items(_skipped(history), "skipped", "warn")]
    return Document("execbench history", [Section("Lately", blocks, anchor="answer")], data=columns.flat(_FIELDS, news))


def bisect_document(outcome: Outcome | None, commits: Sequence[str]) -> Document:
    """Return which commit made a trial slower, or which ones may have."""
    if outcome is None:
        text = f"No trial is slower at {commits[-1][:12]} than at {commits[0][:12]}, as far as this race can tell."
    elif outcome.culprit is None:
        text = f"One of {len(outcome.left) - 1} commits made {outcome.trial} slower; the races cannot tell which."
    else:
        text = f"{outcome.culprit} made {outcome.trial} slower."
    blocks: list[Block] = [Paragraph(text, "verdict" if outcome and outcome.culprit else "warn")]
    if outcome is not None:
        blocks.append(Paragraph(f"From end to end, it takes {numbers.ratio(outcome.ratio)} as long."))
        blocks.append(Items(lines(outcome.left[1:]) if outcome.culprit is None else [], label="left"))
    return Document("execbench history bisect", [Section("The answer", blocks, anchor="answer")])


def news_table(news: Sequence[News]) -> Table:
    """Return the table of some changes."""
    names = labels(each.series.name for each in news)
    return columns.table(
        "trial", _FIELDS, [(names[each.series.name], each) for each in news], "Changes, the worst first"
    )


def _headline(history: History, news: Sequence[News], last: int) -> str:
    slower, expected = (
        sum(each.ratio > 1 and each.expected is None for each in news),
        sum(each.expected is not None for each in news),
    )
    trials = len({series.name for series in history.series})
    changes = f"{slower:,} slower, {len(news) - slower - expected:,} faster"
    changes += f", {expected:,} expected" if expected else ""
    return (
        f"{changes} at the last {min(last, len(history.commits)):,} of {numbers.count(len(history.commits), 'commit')} "
        f"({numbers.count(trials, 'trial')} on {numbers.count(len(history.machines), 'machine')})"
    )


def _skipped(history: History) -> list[str]:
    return [f"{name}: {why}" for name, why in history.skipped.items()]


def _items(texts: Sequence[str], label: str, tone: Tone) -> Items:
    more = [f"{len(texts) - _MAX_ITEMS:,} more"] if len(texts) > _MAX_ITEMS else []
    return Items([Item(text) for text in (*texts[:_MAX_ITEMS], *more)], label=label, tone=tone)


def _change(news: News) -> str:
    if news.ratio >= 1:
        return f"{numbers.three_figures(news.ratio)}x slower"
    return f"{numbers.three_figures(1 / news.ratio)}x faster"


def _tone(news: News) -> Tone:
    if news.expected is not None:
        return ""
    return "slow" if news.ratio > 1 else "good"


_FIELDS: Sequence[Field[News]] = [
    Field("trial", lambda news: news.series.name),
    Field("ratio", lambda news: news.ratio, "change", _change, _tone),
    Field("commit", lambda news: news.commit.id),
    shown("since", lambda news: news.commit.short),
    Field("date", lambda news: news.commit.date, "date", lambda news: news.commit.date[:10], numeric=False),
    Field("subject", lambda news: news.commit.subject, "subject", numeric=False),
    Field("before", lambda news: news.before.id),
    Field("machine", lambda news: news.series.machine, "machine", numeric=False),
    Field("compared", lambda news: news.series.basis, "compared", lambda n: BASES[n.series.basis], numeric=False),
    Field("expected", lambda news: news.expected, "expected", lambda news: news.expected or "", numeric=False),
]
