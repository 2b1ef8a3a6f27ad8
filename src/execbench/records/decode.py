"""Untrusted JSON into typed records; errors name the field or the line."""

import gc
from typing import TypeVar

import msgspec

from execbench.errors import BadInput

Kind = TypeVar("Kind")

_SHOWN = 40


def decode(content: bytes, kind: type[Kind], what: str) -> Kind:
    """Decode JSON into a type and check it, including by the type's `__post_init__`, which raises ValueError.

    Raises:
        BadInput: it is not JSON, or not `what` is expected; the message names the line or the field, not the file.
    """
    collecting = gc.isenabled()
    gc.disable()  # decoding makes no reference cycles, and looking for them takes half the time of a large file
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as error:
        raise BadInput(f"not {what}: {error}") from error
    except RecursionError as error:
        raise BadInput(f"not {what}: nested too deeply") from error
    except ValueError as error:  # malformed or cut off, or not UTF-8
        raise BadInput(f"not JSON, or cut off: {_locate(content, error)}") from error
    finally:
        if collecting:
            gc.enable()


def _locate(content: bytes, error: ValueError) -> str:
    """Return the line where the JSON is malformed, and what follows there; msgspec names the byte."""
    _, _, rest = str(error).partition("(byte ")
    if not rest:
        return str(error)
    byte = int(rest.rstrip(")"))
    line = content.count(b"\n", 0, byte) + 1
    return f"line {line}, at {content[byte : byte + _SHOWN].decode(errors='replace')!r}"
