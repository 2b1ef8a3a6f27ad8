"""What a verdict adds about a winner whose speed does not come from its workers."""

from collections.abc import Iterator

from execbench.records.control import Controlled
from execbench.report import numbers


def caveats(found: Controlled, control_title: str) -> Iterator[str]:
    """Yield sentences about a winner, next to the serial loop and to one worker of its backend."""
    alone, workers = found.gain_of_one, found.winner.max_workers
    if found.control is not None and not found.control.ok:
        yield f"Whether one worker would do is unknown, as {control_title} failed."
    if found.is_not_parallel and alone is not None:
        gain = f"{numbers.three_figures(alone.estimate)}x as fast ({numbers.confidence(alone)}) as serial"
        yield f"Most of that is not parallelism: one worker, {control_title}, is {gain}."
    if found.is_superlinear:
        within = numbers.count(workers, "worker")
        yield f"It is more than {within} can give: something else differs from the serial loop."
