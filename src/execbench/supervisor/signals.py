"""Signals that end a run: each interrupts it as Ctrl-C does, so that what is finished is kept."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

_ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""A cancelled CI job sends the first, a closed terminal the second, which Windows lacks."""


@contextmanager
def interrupting() -> Iterator[None]:
    """Raise KeyboardInterrupt on SIGTERM and SIGHUP, but once: what comes after it would only disturb the end.

    A signal that is ignored, as SIGHUP is under `nohup`, stays ignored.
    """
    is_ending = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal is_ending
        if not is_ending:
            is_ending = True
            raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in _ENDING}
    taken = [number for number in _ENDING if before[number] != signal.SIG_IGN]
    with suppress(ValueError):  # not the main thread, which is the only one that gets signals
        for number in taken:
            signal.signal(number, interrupt)
    try:
        yield
    finally:
        _restore({number: before[number] for number in taken})


@contextmanager
def deferred() -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and SIGHUP wait until the end: what they interrupt halfway would be lost, or stay."""
    received: list[int] = []
    before: dict[int, object] = {}
    with suppress(ValueError):
        for number in (signal.SIGINT, *_ENDING):
            before[number] = signal.signal(number, lambda number, frame: received.append(number))
    try:
        yield
    finally:
        _restore(before)
        for number in dict.fromkeys(received):
            signal.raise_signal(number)


def _restore(before: dict[int, object]) -> None:
    with suppress(ValueError):
        for number, handler in before.items():
            # None stands for a handler that was not set in Python, and cannot be set from there.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)  # type: ignore[arg-type]
