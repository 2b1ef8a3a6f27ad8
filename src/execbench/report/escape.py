"""Text that strangers may have written, made safe for a terminal, for Markdown, and for a spreadsheet."""

import re
from collections.abc import Iterable

MAX_NAME = 80
"""Reports show at most this many characters of a name; the flat table has all of them."""


def visible(words: str) -> str:
    """Spell out the characters that a terminal would obey rather than show."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in words)


def visible_lines(words: str) -> str:
    """Do the same, but keep line breaks."""
    return "\n".join(map(visible, words.split("\n")))


def plain(words: str) -> str:
    """Escape everything that Markdown or HTML would take for markup, a link or a mention."""
    sign = r"[\\`*\[\]<>#|&~@]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:(?=//)|(?<=www)\."
    escaped = re.sub(sign, lambda match: f"&#{ord(match[0])};", visible(words))
    return re.sub("&#(35|64);", "\\g<0>\N{ZERO WIDTH SPACE}", escaped)


def code(name: str) -> str:
    """Write a name as code in Markdown, where nothing is a link, a mention or markup."""
    if re.fullmatch(r"[\w ./=\[\],:-]+", name, re.ASCII):
        return f"`{name}`"
    escaped = "".join(letter if letter.isalnum() or letter == " " else f"&#{ord(letter)};" for letter in visible(name))
    return f"<code>{escaped}</code>"


def spreadsheet(text: str) -> str:
    """Keep a spreadsheet from reading a text as a formula, and the file free of lone surrogates."""
    whole = text.encode(errors="backslashreplace").decode()
    return f"'{whole}" if whole.startswith(("=", "+", "-", "@", "\t", "\r")) else whole


def shown(name: str) -> str:
    """Return a name as reports show it: never empty, never too long, without invisible characters."""
    if not name.strip():
        return "(no name)"
    if len(name) > MAX_NAME:
        name = f"{name[: MAX_NAME * 2 // 3]}…{name[-(MAX_NAME // 3 - 1) :]}"
    return visible(name)


def labels(names: Iterable[str]) -> dict[str, str]:
    """Return the label of each name; where two would look the same, the later one is numbered."""
    labelled: dict[str, str] = {}
    taken: set[str] = set()
    for name in dict.fromkeys(names):
        label = first = shown(name)
        number = 1
        while label in taken:
            number += 1
            label = f"{first} #{number}"
        taken.add(label)
        labelled[name] = label
    return labelled
