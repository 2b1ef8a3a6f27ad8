"""Damaged files, made from sound ones by their structure; the same number always gives the same file."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from tests.fuzz.sound import SOUND

_HOSTILE: Sequence[Any] = (
    None, True, False, 0, 1, -1, 2**31, 2**63, 2**70, 0.5, -0.0, 1e-320, 1e308, float("nan"), float("inf"),
    "", " ", "0", "nan", "a/b", "a[b=c/d]/pool/w2", "::", "/dev/zero", "\x00", "\x1b]0;title\x07\x1b[31m",
    "\u202eright\u200b\ufeff", "\ud800", "=cmd()", "](javascript:x)", "`", "```\n#", "|", "@team", "<script>", "&#0;",
    "é" * 2000, "x" * 200_000, [], {}, [[]], [None], [1e400], {"": {}}, [[1, 2], [3]],
)  # fmt: skip
"""Values that a reader might trip over."""

Place = tuple[Any, Any]
"""A list or an object, and an index or a key of it."""


def damaged(kind: str, number: int) -> bytes:
    """Return the content of a file of a kind in `sound.SOUND` with a few things wrong."""
    chance = random.Random(f"{kind} {number}")
    content = [SOUND[kind]()]
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        if places := _places(content):
            with suppress(RecursionError):  # buried too deeply to be copied
                chance.choice(_CHANGES)(chance, *chance.choice(places))
    lines = content[0] if kind == "journal" and content and isinstance(content[0], list) else content
    written = "\n".join(_written(line) for line in lines) + "\n"
    as_bytes = written.encode(errors="surrogatepass")
    return chance.choice(_BYTES)(chance, as_bytes) if chance.random() < 0.2 else as_bytes


def _places(content: list[Any]) -> list[Place]:
    found: list[Place] = []
    waiting: list[Any] = [content]
    while waiting:
        node = waiting.pop()
        inside = list(node.items()) if isinstance(node, dict) else list(enumerate(node))
        found += [(node, key) for key, _ in inside]
        waiting += [value for _, value in inside if isinstance(value, (dict, list))]
    return found


def _written(content: Any) -> str:
    """Write JSON as carelessly as others do: `NaN`, `Infinity` and half letters as they are."""
    try:
        return json.dumps(content, ensure_ascii=False)
    except RecursionError:
        return "[" * 5000


# What is changed ------------------------------------------------------------------------------------------------------


def _hostile(chance: random.Random) -> Any:
    return copy.deepcopy(chance.choice(_HOSTILE))


def _replace(chance: random.Random, node: Any, key: Any) -> None:
    node[key] = _hostile(chance)


def _remove(chance: random.Random, node: Any, key: Any) -> None:
    del node[key]


def _repeat(chance: random.Random, node: Any, key: Any) -> None:
    if isinstance(node, list):
        node.extend(copy.deepcopy(node[key]) for _ in range(chance.choice((1, 2, 100))))
    else:
        node[f"{key}2"] = copy.deepcopy(node[key])


def _rename(chance: random.Random, node: Any, key: Any) -> None:
    if isinstance(node, dict):
        node[str(chance.choice(_HOSTILE))[:50]] = node.pop(key)
    else:
        node.reverse()


def _wrap(chance: random.Random, node: Any, key: Any) -> None:
    node[key] = [node[key]] if chance.random() < 0.5 else {"x": node[key]}


def _scale(chance: random.Random, node: Any, key: Any) -> None:
    if isinstance(node[key], (int, float)):
        node[key] *= chance.choice((-1, 0, 10**6, 1e-12, 10**17))
    else:
        node[key] = _hostile(chance)


def _empty(chance: random.Random, node: Any, key: Any) -> None:
    node[key] = type(node[key])() if node[key] is not None else ""


def _bury(chance: random.Random, node: Any, key: Any) -> None:
    for _ in range(chance.choice((10, 300))):
        node[key] = [node[key]]


_CHANGES: Sequence[Callable[[random.Random, Any, Any], None]] = (
    _replace, _replace, _replace, _remove, _remove, _repeat, _rename, _wrap, _scale, _scale, _empty, _bury,
)  # fmt: skip


# What is done to the bytes --------------------------------------------------------------------------------------------


def _cut(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randrange(len(content))]


def _flip(chance: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 20))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _drop(chance: random.Random, content: bytes) -> bytes:
    place = chance.randrange(len(content))
    return content[:place] + content[place + chance.choice((1, 10, 100)) :]


def _insert(chance: random.Random, content: bytes) -> bytes:
    place = chance.randrange(len(content))
    return content[:place] + chance.choice((b"\x00", b"{", b"]", b'"', b",", b"\n", b"NaN", b"\xff")) + content[place:]


def _recode(chance: random.Random, content: bytes) -> bytes:
    text = content.decode(errors="replace")
    return text.encode(chance.choice(("utf-16", "utf-8-sig", "latin-1", "ascii")), errors="replace")


def _join(chance: random.Random, content: bytes) -> bytes:
    return content + content


_BYTES: Sequence[Callable[[random.Random, bytes], bytes]] = (_cut, _flip, _drop, _insert, _recode, _join)
