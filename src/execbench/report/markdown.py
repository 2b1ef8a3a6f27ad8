"""Markdown from words that strangers may have written."""

from __future__ import annotations

import re


def visible(words: str) -> str:
    """Write out what a terminal would obey rather than show."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in words)


def plain(words: str) -> str:
    """Escape whatever Markdown or HTML would take for more than text; a mention mentions nobody."""
    escaped = re.sub(r"[\\`*_\[\]<>#|&~@]|:(?=//)|(?<=www)\.", lambda sign: f"&#{ord(sign[0])};", visible(words))
    return re.sub("&#(35|64);", "\\g<0>\N{ZERO WIDTH SPACE}", escaped)


def code(name: str) -> str:
    """Write a name as code, in which nothing is a link, a mention or markup."""
    if re.fullmatch(r"[\w ./=\[\],:-]+", name, re.ASCII):
        return f"`{name}`"
    escaped = "".join(letter if letter.isalnum() or letter == " " else f"&#{ord(letter)};" for letter in visible(name))
    return f"<code>{escaped}</code>"
