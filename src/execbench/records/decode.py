"""JSON of strangers into typed records: what is wrong is said with the field, or with the line."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import msgspec

from execbench.errors import BadInput

Kind = TypeVar("Kind")

_SHOWN = 40


def decode(content: bytes, kind: type[Kind], what: str) -> Kind:
    """Decode and check.

    Args:
        content: JSON.
        kind: the type to decode into; a ValueError of its `__post_init__` is a fault like any other.
        what: what it should be, for the message.

    Raises:
        BadInput: it is not JSON, or not of this kind; the message names the line or the field, not the file.
    """
    try:
        with _without_garbage_collection():
            return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as error:
        raise BadInput(f"not {what}: {error}") from error
    except RecursionError as error:
        raise BadInput(f"not {what}: nested too deeply") from error
    except ValueError as error:  # malformed or cut off, or not UTF-8
        raise BadInput(f"not JSON, or cut off: {_place(content, error)}") from error


def _place(content: bytes, error: ValueError) -> str:
    """Say where JSON ends to be JSON: msgspec names the byte."""
    _, _, rest = str(error).partition("(byte ")
    if not rest:
        return str(error)
    byte = int(rest.rstrip(")"))
    line = content.count(b"\n", 0, byte) + 1
    return f"line {line}, at {content[byte : byte + _SHOWN].decode(errors='replace')!r}"


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Nothing here makes circles; looking for them takes half of the time of reading a large file."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
