"""Words that strangers may have written, made safe for each form: a terminal, Markdown, a spreadsheet."""

import re
from collections.abc import Iterable

MAX_NAME = 80
"""Letters of a name that are shown; the flat table has it whole."""


def visible(words: str) -> str:
    """Write out what a terminal would obey rather than show."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in words)


def visible_lines(words: str) -> str:
    """Do the same, and keep the ends of lines."""
    return "\n".join(map(visible, words.split("\n")))


def plain(words: str) -> str:
    """Escape whatever Markdown or HTML would take for more than text; a mention mentions nobody."""
    sign = r"[\\`*\[\]<>#|&~@]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:(?=//)|(?<=www)\."
    escaped = re.sub(sign, lambda found: f"&#{ord(found[0])};", visible(words))
    return re.sub("&#(35|64);", "\\g<0>\N{ZERO WIDTH SPACE}", escaped)


def code(name: str) -> str:
    """Write a name as Markdown's code, in which nothing is a link, a mention or markup."""
    if re.fullmatch(r"[\w ./=\[\],:-]+", name, re.ASCII):
        return f"`{name}`"
    escaped = "".join(letter if letter.isalnum() or letter == " " else f"&#{ord(letter)};" for letter in visible(name))
    return f"<code>{escaped}</code>"


def spreadsheet(text: str) -> str:
    """Keep a spreadsheet from taking a name for a formula, and a file from half a letter."""
    whole = text.encode(errors="backslashreplace").decode()
    return f"'{whole}" if whole.startswith(("=", "+", "-", "@", "\t", "\r")) else whole


def shown(name: str) -> str:
    """Return a name that can be seen: never empty, never endless, nothing in it invisible."""
    if not name.strip():
        return "(no name)"
    if len(name) > MAX_NAME:
        name = f"{name[: MAX_NAME * 2 // 3]}…{name[-(MAX_NAME // 3 - 1) :]}"
    return visible(name)


def labels(names: Iterable[str]) -> dict[str, str]:
    """Return what each name is shown as; where two would look the same, the later is numbered."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in dict.fromkeys(names):
        label = first = shown(name)
        number = 1
        while label in taken:
            number += 1
            label = f"{first} #{number}"
        taken.add(label)
        found[name] = label
    return found
