"""zlib over seeded text: C code that releases the interpreter lock, so threads help too."""

from __future__ import annotations

import random
import zlib

from execbench import Workload

_SYLLABLES = [first + second for first in "etaoinshrd" for second in "aeiou "]


def compress(text: bytes) -> tuple[int, int]:
    """Return the compressed length and its checksum."""
    compressed = zlib.compress(text, 6)
    return len(compressed), zlib.crc32(compressed)


def tasks(size: int, *, nbytes: int = 20_000, seed: int = 0) -> list[bytes]:
    """Return seeded texts of `nbytes` bytes."""
    return [_text(random.Random(f"{seed}/{number}"), nbytes) for number in range(size)]


def _text(numbers: random.Random, nbytes: int) -> bytes:
    return "".join(numbers.choices(_SYLLABLES, k=nbytes // 2 + 1)).encode()[:nbytes]


workload = Workload(fn=compress, tasks=tasks, size=32)
