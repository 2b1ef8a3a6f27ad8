"""The report of what `execbench doctor` found: a line for each check, the warnings first."""

from collections.abc import Iterator, Mapping

from execbench.records.diagnosis import Diagnosis, Sign, State
from execbench.report import columns
from execbench.report.columns import Field
from execbench.report.document import Block, Document, Item, Items, Paragraph, Section, Tone

FIRST = "precision"
"""The check whose line stands above all others: it says what they add up to."""

_HEADINGS: Mapping[State, str] = {"warn": "Warnings", "good": "As it should be", "unknown": "Cannot be seen here"}
_TONES: Mapping[State, Tone] = {"warn": "warn", "good": "", "unknown": ""}


def diagnosis_document(diagnosis: Diagnosis) -> Document:
    """Return the report of an examination."""
    blocks = [*_warnings(diagnosis), *_rest(diagnosis)]
    section = Section("What this machine can tell apart", blocks, anchor="answer")
    return Document("execbench doctor", [section], data=columns.flat(_FIELDS, diagnosis.signs.items()))


def diagnosis_head(diagnosis: Diagnosis) -> list[Block]:
    """Return what stands at the head of a run's report: the warnings, and the rest to be unfolded."""
    rest = Section("What else the doctor saw", list(_rest(diagnosis)), aside=True)
    return [*_warnings(diagnosis), rest]


def _warnings(diagnosis: Diagnosis) -> Iterator[Block]:
    if sign := diagnosis.signs.get(FIRST):
        yield Paragraph(_sentence(_line(sign)), "verdict" if sign.state == "good" else "warn")
    yield _items(diagnosis, "warn")


def _rest(diagnosis: Diagnosis) -> Iterator[Block]:
    return (_items(diagnosis, state) for state in ("good", "unknown"))


def _items(diagnosis: Diagnosis, state: State) -> Items:
    signs = {check: sign for check, sign in diagnosis.signs.items() if sign.state == state and check != FIRST}
    items = [Item(_line(sign), check) for check, sign in signs.items()]
    return Items(items, _HEADINGS[state], state, _TONES[state])


def _line(sign: Sign) -> str:
    parts = [sign.seen, _sentence(sign.costs), f"Fix: {sign.remedy}" if sign.remedy else ""]
    return ". ".join(filter(None, parts))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


_FIELDS: list[Field[tuple[str, Sign]]] = [
    Field("check", lambda entry: entry[0]),
    Field("state", lambda entry: entry[1].state),
    Field("seen", lambda entry: entry[1].seen),
    Field("costs", lambda entry: entry[1].costs),
    Field("remedy", lambda entry: entry[1].remedy),
]
