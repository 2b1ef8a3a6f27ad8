"""What a verdict adds about a winner: why it is as fast as it is, where its workers alone do not make it so."""

from collections.abc import Iterator

from execbench.records.control import Controlled
from execbench.report import numbers
from execbench.report.causes import because

_NOTEWORTHY = 1.05
"""How many times as fast as one worker several must be to be called faster."""


def caveats(found: Controlled, control_title: str) -> Iterator[str]:
    """Yield sentences about a winner, next to the serial loop and to one worker of its backend."""
    if found.control is not None and not found.control.ok:
        yield f"Whether one worker would do is unknown, as {control_title} failed."
    if reason := because(found.winner, found.baseline, _not_its_workers(found, control_title)):
        yield reason


def _not_its_workers(found: Controlled, control_title: str) -> str:
    """Say what shows that workers alone do not make a trial as fast as it is; empty if nothing does."""
    alone, together = found.gain_of_one, found.gain_on_one
    if found.is_not_parallel and alone is not None and together is not None:
        gain = f"{numbers.three_figures(alone.estimate)}x as fast ({numbers.confidence(alone)}) as serial"
        if together.low < _NOTEWORTHY:
            return f"One worker does as well, as {control_title} is {gain}: it is not parallelism"
        return f"One worker, {control_title}, is {gain}: most of it is not parallelism"
    if found.is_superlinear:
        workers = numbers.count(found.winner.max_workers, "worker")
        return f"That is more than {workers} can gain: it is not parallelism alone"
    return ""
