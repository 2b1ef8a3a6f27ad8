"""Python code as text: the names in it, others in their place, and values."""

from __future__ import annotations

import io
import json
import keyword
import tokenize
from collections.abc import Iterator, Mapping
from typing import Any


def names_in(code: str) -> set[str]:
    """Return the names that a piece of code uses, without those of attributes and keyword arguments."""
    return {token.string for token in _names(code)}


def replaced(code: str, names: Mapping[str, str]) -> str:
    """Return the code with an expression in place of each name."""
    lines = code.splitlines(keepends=True)
    for token in reversed(list(_names(code))):
        if token.string in names:
            (row, start), (_, end) = token.start, token.end
            line = lines[row - 1]
            lines[row - 1] = line[:start] + names[token.string] + line[end:]
    return "".join(lines)


def is_name(text: str) -> bool:
    """Return whether a program can use a text as a name."""
    return text.isidentifier() and not keyword.iskeyword(text)


def is_dotted_name(text: str) -> bool:
    """Return whether a program can use a text as a name, or as one of a module or an attribute."""
    return all(map(is_name, text.split(".")))


def quoted(value: Any) -> str:
    """Return a plain value as code, with double quotes around text."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) and value.isprintable() else ascii(value)


def arguments(*values: Any, **options: Any) -> str:
    """Return the arguments of a call."""
    return ", ".join([*map(quoted, values), *(f"{name}={quoted(value)}" for name, value in options.items())])


def _names(code: str) -> Iterator[tokenize.TokenInfo]:
    tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    depth = 0
    for number, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token.string, 0)
        if token.type != tokenize.NAME or keyword.iskeyword(token.string):
            continue
        is_attribute = number > 0 and tokens[number - 1].string == "."
        is_keyword_argument = depth > 0 and tokens[number + 1].string == "="
        if not (is_attribute or is_keyword_argument):
            yield token
