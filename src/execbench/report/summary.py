"""The report as Markdown, for a job summary or a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from execbench.report import scaling, splits
from execbench.report.digest import FIGURES, Digest, RaceDigest, trial_figures
from execbench.report.markdown import code, plain

Pictures = Mapping[str, Sequence[tuple[str, str]]]
"""By the title of a race, and by "" for the whole run: each picture's address and what it shows in words."""


def as_markdown(digest: Digest, pictures: Pictures | None = None) -> str:
    """Return the whole report; with pictures if there are any."""
    drawn = pictures or {}
    lines = ["# execbench report", "", plain(digest.headline), "", *_answers(digest), "", *_pictures(drawn, "")]
    for race in digest.races:
        lines += ["", *_race(race, drawn)]
    lines += ["", "<details><summary>Where it was measured, and how to repeat it</summary>", ""]
    lines += [f"- {plain(name)}: {plain(value)}" for name, value in digest.environment]
    lines += ["", *_command(digest.command), "", "</details>"]
    return "\n".join(lines) + "\n"


def _answers(digest: Digest) -> Iterator[str]:
    for race in digest.races:
        yield f"- {code(race.title)}: {plain(' '.join(race.verdicts))}"
    if not digest.races:
        yield "The artifact holds no trial: nothing was selected, or nothing was finished."


def _race(race: RaceDigest, pictures: Pictures) -> Iterator[str]:
    yield f"<details><summary>{code(race.title).replace('`', '')}: {race.tasks:,} tasks</summary>"
    yield ""
    yield f"| trial | {' | '.join(map(plain, FIGURES))} | doubts |"
    yield f"|---|{'---:|' * len(FIGURES)}---|"
    for record in race.records:
        figures = trial_figures(record) if record.ok else ["-"] * len(FIGURES)
        last = ", ".join(doubt.code for doubt in record.doubts) if record.ok else f"failed: {record.status}"
        yield f"| {code(record.title)} | {' | '.join(map(plain, figures))} | {plain(last)} |"
    yield ""
    if rows := scaling.rows(race.curves):
        yield f"| {' | '.join(map(plain, scaling.HEADINGS))} |"
        yield "|---|---:|---:|---:|---:|"
        yield from (f"| {code(name)} | {' | '.join(map(plain, rest))} |" for name, *rest in rows)
        yield ""
    if rows := splits.rows(race.measured):
        yield "Where the worker-seconds of one round went:"
        yield ""
        yield f"| {' | '.join(map(plain, splits.HEADINGS))} |"
        yield f"|---|{'---:|' * (len(splits.HEADINGS) - 1)}"
        yield from (f"| {code(name)} | {' | '.join(map(plain, rest))} |" for name, *rest in rows)
        yield ""
    remarks = {
        "scaling": race.scaling,
        "trace": race.splits,
        "failed": race.failures,
        "doubt": race.doubts,
        "cluster": race.clusters,
    }
    for kind, said in remarks.items():
        yield from (f"- {kind} {plain(line)}" for line in said)
    yield ""
    yield from _pictures(pictures, race.title)
    yield from _command(race.command)
    yield ""
    yield "</details>"


def _pictures(pictures: Pictures, title: str) -> Iterator[str]:
    for address, words in pictures.get(title, ()):
        yield f"![{plain(words)}]({address})"
        yield ""


def _command(command: str) -> list[str]:
    """A command as a block of code that it cannot end."""
    fence = "`" * 3
    while fence in command:
        fence += "`"
    return [f"{fence}sh", command, fence]
