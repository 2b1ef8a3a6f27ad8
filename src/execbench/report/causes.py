"""The causes in words: why a trial is faster or slower than the serial loop, as far as it was measured."""

from collections.abc import Callable, Mapping

from execbench.records.causes import Cause, Kind, causes_of
from execbench.records.record import Record
from execbench.report import numbers


def because(trial: Record, baseline: Record, doubtful: str = "") -> str:
    """Return sentences on why a trial is faster or slower than its baseline; empty if there is nothing to say.

    `doubtful` says what shows that workers alone do not make it that fast: then only what else does so is of interest.
    """
    causes = causes_of(trial, baseline)
    if doubtful:
        causes = [cause for cause in causes if cause.of_baseline or cause.kind == "remembers"]
    said = "; ".join(_WORDS[cause.kind](cause) for cause in causes)
    advice = " ".join(dict.fromkeys(_ADVICE[cause.kind] for cause in causes if _helps(cause)))
    if doubtful:
        sentence = f"{doubtful}, but {said}." if said else f"{doubtful}, and no known cause explains it."
    else:
        sentence = f"A cause that was measured: {said}." if said else ""
    return " ".join(filter(None, (sentence, advice)))


def _against(cause: Cause, what: str, write: Callable[[float], str]) -> str:
    """Write both figures: `page faults, 23,000 a round in the serial loop against 5`."""
    slower, other = write(cause.slower), write(cause.other)
    if cause.of_baseline:
        return f"{what}, {slower} a round in the serial loop against {other}"
    return f"{what}, {slower} a round against {other} in the serial loop"


def _library_threads(cause: Cause) -> str:
    if cause.of_baseline:
        ours, theirs = numbers.seconds(cause.other), numbers.seconds(cause.slower)
        return (
            f"threads of a library, such as BLAS, with which the serial loop takes {theirs} of CPU time against {ours}"
        )
    return "threads of a library, such as BLAS, with which the serial loop keeps more than one CPU busy already"


def _frequency(cause: Cause) -> str:
    slower = "the serial loop ran" if cause.of_baseline else "it ran"
    return f"the clock of the CPUs: {slower} at {cause.slower:,.0f} MHz, and the other at {cause.other:,.0f} MHz"


_WORDS: Mapping[Kind, Callable[[Cause], str]] = {
    "page_faults": lambda cause: _against(cause, "page faults", numbers.mean_count),
    "swapping": lambda cause: _against(cause, "page faults that wait for a disk", numbers.mean_count),
    "library_threads": _library_threads,
    "cpu_quota": lambda cause: f"a CPU quota, which stopped it for {numbers.seconds(cause.slower)} a round",
    "frequency": _frequency,
    "lock": lambda cause: (
        f"a lock, such as the GIL: its workers waited {numbers.mean_count(cause.slower)} times a round and kept only "
        f"{numbers.three_figures(cause.other)} CPUs busy"
    ),
    "remembers": lambda cause: (
        f"earlier rounds that are remembered: the first of a launch takes {numbers.seconds(cause.slower)}, and the "
        f"last {numbers.seconds(cause.other)}"
    ),
}

_ADVICE: Mapping[Kind, str] = {
    "page_faults": (
        "`MALLOC_MMAP_THRESHOLD_` and `MALLOC_TRIM_THRESHOLD_` above the arrays' size, or one reused buffer, speed up "
        "the serial loop itself."
    ),
    "swapping": "Free memory, lower --size, or read mapped files once before.",
    "cpu_quota": "Raise the quota, or race with as many workers as it allows.",
}


def _helps(cause: Cause) -> bool:
    """Return whether there is advice: what spares page faults was tried in the serial loop."""
    return cause.kind in _ADVICE and (cause.kind != "page_faults" or cause.of_baseline)
