"""What should not matter of a process, and does: the holes in its heap, and the CPU on which it begins.

The C library gives free memory at the end of the heap back to the system, and page faults bring it back in every round.
A hole below a block in use stays with the process, so a loop that fits into it has no page faults. Which of the two a
program gets depends on what it has imported, and on whether that had bytecode: on luck, which can be worth 3x.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader, BytesIO

BLOCK_BYTES = 100_000
"""Less than the 128 KiB from which on malloc takes memory outside the heap."""

_kept: list[BufferedReader] = []
"""What fills the heap, and a block above each hole: malloc would put a smaller one into an older hole."""


@dataclass
class Layout:
    """Where a lane begins, and the holes in its heap, in bytes; the default leaves both as they are."""

    cpu: int | None = None
    """One of the usable CPUs, by its place among them."""
    hole_before_imports: int = 0
    hole_before_tasks: int = 0
    filled: int = 0
    """How much is put into the holes that the imports have left."""

    def before_imports(self) -> None:
        """Prepare the process for the imports of the plugins."""
        self._begin(self.hole_before_imports)

    def before_tasks(self) -> None:
        """Prepare it for the tasks, as the imports may have filled the hole, and moved to another CPU."""
        _kept.extend(_blocks(self.filled))
        self._begin(self.hole_before_tasks)

    def _begin(self, hole: int) -> None:
        if self.cpu is not None:
            _move_to(self.cpu)
        if hole:
            _punch(hole)


def _move_to(cpu: int) -> None:
    """Go on running on a CPU, until the system moves the process, which it may do at once."""
    if not hasattr(os, "sched_setaffinity"):  # macOS and Windows
        return
    usable = sorted(os.sched_getaffinity(0))
    with suppress(OSError):
        os.sched_setaffinity(0, {usable[cpu % len(usable)]})
    os.sched_setaffinity(0, usable)


def _punch(size: int) -> None:
    """Make a hole of so many bytes in the heap."""
    blocks = _blocks(size)
    _kept.extend(_blocks(BLOCK_BYTES))
    del blocks


def _blocks(size: int) -> list[BufferedReader]:
    """Return objects with buffers that nothing writes to, so that neither they nor their holes take memory."""
    return [BufferedReader(BytesIO(), BLOCK_BYTES) for _ in range(size // BLOCK_BYTES)]
