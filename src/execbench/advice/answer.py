"""What an advice consists of, as it is saved."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from execbench.records.doubts import Doubt
from execbench.settings import Calls
from execbench.stats import Interval

Verdict: TypeAlias = Literal["use", "use_perhaps", "either", "stay_serial", "stay_perhaps", "cannot_tell", "do_not"]
"""With `use_perhaps` and `stay_perhaps`, the winner may not be the best; of `either` it is the simpler one."""

PERHAPS: tuple[Verdict, ...] = ("use_perhaps", "stay_perhaps")

Kind: TypeAlias = Literal["thread", "process", "loop", "event_loop"]
"""What a worker is; of a loop, libraries get one thread."""


class Seen(Struct, frozen=True):
    """What was seen of the tasks, in seconds and bytes."""

    tasks: int
    run: int
    """How many different tasks were run by the probe."""
    raced: int
    """How many were raced."""
    total: float
    """A loop over all tasks."""
    typical: float
    longest: float
    setup: float
    """What the first task of a process costs beyond others."""
    waiting: float
    """The share of a task in which nothing computes."""
    held: float | None
    """The share of a task in which no other thread runs; None if that was not measured."""
    pickling: float
    """The share of the loop that sending tasks and results would take."""
    task_bytes: float
    result_bytes: float
    function_bytes: int | None
    inner_threads: bool
    """A library has threads of its own."""
    memory: int
    """How much more a process needs, at most, than before it runs a task."""
    unsafe_to_fork: Sequence[str]
    """What has threads in the main process, so that no worker may be forked from it."""
    free_memory: int
    """Bytes that all workers together may use."""
    effects: Sequence[str] = ()
    """What the tasks do to the world outside."""
    repeated: str | None = None
    """What goes with each chunk, and could be sent to each worker once: `the function`, or the name of an argument."""
    repeated_bytes: int = 0


class Option(Struct, frozen=True):
    """A candidate, and what is known of it."""

    id: str
    backend: str
    max_workers: int
    chunksize: int | None = None
    kind: Kind | None = None
    """What its workers are; None if it was not calibrated."""
    predicted: Interval | None = None
    """Seconds of a call."""
    measured: Interval | None = None
    """Seconds of a call; with one launch, an interval without a width."""
    speedup: Interval | None = None
    excluded: str | None = None
    """Why it was not raced, or what went wrong when it was."""
    sent_once: str | None = None
    """What is sent to each worker once, rather than with each chunk."""

    @property
    def name(self) -> str:
        """What it is called in a sentence."""
        return "a loop with one thread for libraries" if self.kind == "loop" else self.backend


class Otherwise(Struct, frozen=True):
    """What the advice would be in another situation."""

    calls: Calls
    longer: float = 1.0
    """By how many times tasks would take longer; then the gain is predicted."""
    winner: str | None = None
    gain: Interval | None = None


class Advice(Struct, frozen=True):
    """Which executor to use, and why."""

    verdict: Verdict
    function: str
    calls: Calls
    winner: str | None = None
    """The id of the candidate to use, `serial` for the loop; None if the advice is to use nothing, or unknown."""
    simpler_than: str | None = None
    """The candidate that is as good as the winner."""
    gain: Interval | None = None
    """How many times as fast as the loop the winner is."""
    regret_bound: float | None = None
    """With 90 % confidence, nothing that was raced is faster than the winner by more than this fraction."""
    reason: str | None = None
    """Why it cannot be told, or should not be done."""
    otherwise: Sequence[Otherwise] = ()
    """What the advice would be in other situations."""
    seen: Seen | None = None
    candidates: Sequence[Option] = ()
    code: str = ""
    """The program to paste into a file."""
    notebook: str = ""
    """The same for a cell of a notebook."""
    seconds: float = 0.0
    """How long the advice took, apart from what is not counted."""
    uncounted_seconds: float = 0.0
    """What the user's own imports, the making of tasks and calibrations took, in all processes together."""
    doubts: Sequence[Doubt] = ()
    """Of all that was measured."""

    @property
    def option(self) -> Option | None:
        """The candidate that won; None for the loop, and without a winner."""
        return next((each for each in self.candidates if each.id == self.winner), None)

    def titled(self, name: str) -> str:
        """Name a candidate in words: `threads with 2 workers, in chunks of 25`."""
        option = next((each for each in self.candidates if each.id == name), None)
        if option is None or option.kind == "loop":
            return name if option is None else option.name
        chunks = f", in chunks of {option.chunksize}" if option.kind == "process" and option.chunksize != 1 else ""
        sent = f", and {option.sent_once} sent once" if option.sent_once else ""
        return f"{option.backend} with {option.max_workers} worker{'s' * (option.max_workers > 1)}{chunks}{sent}"
