"""Generate docs/api.md, the reference of the Python functions, from their docstrings: `python docs/reference.py`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import execbench
from execbench.settings import Settings

PAGE = Path(__file__).with_name("api.md")

_OPENING = """\
# Python functions

`docs/reference.py` makes this page from the docstrings.
[From Python](python.md) shows how to use the functions.
"""

OWN = ("advise", "Advice", "race", "Race", "compare", "Comparison", "check", "Checkups", "BadInput")
"""The protocol's names, for those who write backends and workloads, are in docs/backends.md and docs/workloads.md."""


def page() -> str:
    """Return the page."""
    sections = [line for name in OWN for line in _section(name, getattr(execbench, name))]
    return "\n".join([_OPENING, *sections, *_settings()]).rstrip("\n") + "\n"


def _section(name: str, subject: Any) -> Iterator[str]:
    yield from (f"## `execbench.{name}`", "")
    if inspect.isfunction(subject):
        yield from ("```python", _signature(name, subject), "```", "")
    yield from _prose(inspect.getdoc(subject) or "")
    for member, value in inspect.getmembers(subject) if inspect.isclass(subject) else ():
        documented = isinstance(value, property) or inspect.isfunction(value)
        if documented and not member.startswith("_") and "execbench" in _module_of(value):
            title = member if isinstance(value, property) else _signature(member, value)
            yield from (f"### `{title}`", "")
            yield from _prose(inspect.getdoc(value) or "")


def _module_of(member: Any) -> str:
    return str((member.fget if isinstance(member, property) else member).__module__)


def _signature(name: str, function: Any) -> str:
    shown = str(inspect.signature(function))
    shown = re.sub(r"\b(collections\.abc|os|typing|execbench(\.\w+)+)\.(?=[A-Z])", "", shown)
    shown = re.sub(r"(?<=[:>] )'([^']*)'|self(, )?", r"\1", shown)
    return f"{name}{shown}"


def _prose(docstring: str) -> Iterator[str]:
    """Turn a docstring in Google's style into Markdown, a sentence a line."""
    text, *sections = re.split(r"\n(Args|Returns|Raises):\n", docstring)
    yield from (*_sentences(text), "")
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        entries = re.split(r"\n(?=    \S)", body.rstrip("\n"))
        yield from (f"{title}:", "")
        yield from (f"- {_entry(entry, named=title != 'Returns')}" for entry in entries)
        yield ""


def _sentences(text: str) -> list[str]:
    return re.sub(r"(?<=[.])\s+(?=[A-Z`])", "\n", " ".join(text.split())).splitlines()


def _entry(entry: str, *, named: bool) -> str:
    words = " ".join(entry.split())
    name, colon, rest = words.partition(": ")
    return f"`{name}`: {rest}" if named and colon else words


def _settings() -> Iterator[str]:
    yield from ("## Settings of a race", "", "| name | default |", "|---|---|")
    for name, field in Settings.__dataclass_fields__.items():
        yield f"| `{name}` | {'random' if name == 'seed' else field.default} |"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
