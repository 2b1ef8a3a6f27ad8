"""Why the advice is what it is, and what to beware of: each with the number that it comes from."""

from collections.abc import Iterator, Sequence

from execbench.advice.answer import Advice, Option, Seen
from execbench.report.numbers import memory, percent, seconds, three_figures

LARGE_BYTES = 1_000_000
"""A task or a result that weighs more is better not sent."""

LARGE_REPEATED = 100_000
"""What goes with each chunk is worth a word if it weighs more."""

TINY_SECONDS = 20e-6
"""A task below this takes less time than handing it to a thread."""

SETUP_SECONDS, SETUP_TASKS = 0.02, 5.0
"""The first task of a process is set-up if it takes this long, and this many times as long as others."""

WAITING, HELD = 0.5, 0.5
"""Shares of a task from which on waiting, or what holds other threads up, is the reason."""

LARGE_SHARE = 0.05
"""Of the loop, or of the memory, that is worth a word."""

SEEN_SHARE = 0.001
"""Of the loop, below which the figure would be zero."""

LONG = 3.0
"""A task that takes this many times as long as the median stands out."""

STRAGGLER = 0.5
"""The share of a worker's work from which on one task bounds the gain."""


def why(advice: Advice) -> Iterator[str]:
    """Yield what makes the winner fast, or no pool worth using."""
    seen, winner = advice.seen, advice.option
    if seen is None:
        return
    if winner is None:
        yield f"the loop takes {seconds(seen.total)}, {seconds(seen.typical)} a task"
        yield from _of_nearest(advice.candidates)
    elif winner.kind == "loop":
        limited = "" if winner.predicted is None else f", and about {seconds(winner.predicted.estimate)} with one"
        yield f"the loop takes {seconds(seen.total)} with all threads of libraries{limited}"
    elif winner.kind in ("thread", "event_loop"):
        if seen.waiting > WAITING:
            yield f"{percent(seen.waiting)} of each task is waiting"
        elif seen.held is not None:
            others = "threads run" if winner.kind == "thread" else "coroutines are awaited"
            yield f"{percent(max(0.0, 1 - seen.held))} of each task runs while other {others}"
        if seen.pickling > LARGE_SHARE:
            yield f"sending tasks and results to processes would take {percent(seen.pickling)} of the loop"
    else:
        if seen.held is not None and seen.held > HELD:
            yield f"threads gain little, as {percent(min(1.0, seen.held))} of each task keeps other threads waiting"
        share = percent(seen.pickling, 1) if seen.pickling >= SEEN_SHARE else f"less than {percent(SEEN_SHARE, 1)}"
        yield f"sending tasks and results takes {share} of the loop"
        if winner.sent_once:
            yield f"{winner.sent_once} weighs {memory(seen.repeated_bytes)}, and is sent to each worker once"


def _of_nearest(options: Sequence[Option]) -> Iterator[str]:
    """Yield what the best of the others would take, where nothing was raced."""
    predicted = [option for option in options if option.predicted is not None]
    if predicted and all(option.measured is None for option in predicted):
        nearest = min(predicted, key=lambda option: option.predicted.estimate if option.predicted else 0.0)
        assert nearest.predicted is not None
        yield f"{nearest.name} would take about {seconds(nearest.predicted.estimate)}"


def warnings(advice: Advice) -> Iterator[str]:
    """Yield what the situation calls for."""
    for doubt in advice.doubts:
        yield doubt.advice
    seen, winner = advice.seen, advice.option
    if seen is None:
        return
    if seen.typical < TINY_SECONDS:
        yield f"a task takes {seconds(seen.typical)}: vectorise, or let each task do many"
    if winner is None or winner.kind == "loop":
        return
    workers = winner.max_workers
    if winner.kind == "process":
        yield from _of_processes(seen, workers)
        yield from _of_repeated(advice, seen, winner)
    if seen.longest * workers > seen.total * STRAGGLER and seen.longest > LONG * seen.typical:
        bound = f"no number of workers gains more than {three_figures(seen.total / seen.longest)}x"
        yield f"one task takes {seconds(seen.longest)}: {bound}"
    if seen.inner_threads:
        yield "a library has threads of its own: it gets one in each worker"
    for effect in seen.effects:
        yield f"a task {effect}: workers do that at the same time"


def _of_processes(seen: Seen, workers: int) -> Iterator[str]:
    if seen.task_bytes > LARGE_BYTES:
        weight = memory(int(seen.task_bytes))
        yield f"each task weighs {weight}: send a path or a number, and load the data in the worker"
    if seen.result_bytes > LARGE_BYTES:
        yield f"each result weighs {memory(int(seen.result_bytes))}: write it in the worker, and return the path"
    if seen.setup > max(SETUP_SECONDS, SETUP_TASKS * seen.typical):
        yield f"the first task of each worker takes {seconds(seen.setup)} longer: an initializer does that once"
    if seen.memory * workers > LARGE_SHARE * seen.free_memory:
        needed, free = memory(seen.memory * workers), memory(seen.free_memory)
        need = f"{workers} workers need" if workers > 1 else "the worker needs"
        yield f"{need} about {needed} of memory, and {free} may be used"


def _of_repeated(advice: Advice, seen: Seen, winner: Option) -> Iterator[str]:
    """Yield what goes with each chunk of the winner, and what sending it once was found to take."""
    if winner.sent_once or seen.repeated_bytes <= LARGE_REPEATED:
        return
    said = f"{seen.repeated} weighs {memory(seen.repeated_bytes)}, and is sent with each chunk"
    tried = [(each.measured.estimate, each.backend) for each in advice.candidates if each.sent_once and each.measured]
    if tried:
        taken, backend = min(tried)
        yield f"{said}: a call of {backend} that sends it to each worker once takes {seconds(taken)}"
    else:
        yield f"{said}: an initializer sends it to each worker once"


def not_tried(options: Sequence[Option]) -> Iterator[str]:
    """Yield the backends of which nothing was raced, each with the reason."""
    tried = {option.name for option in options if option.measured is not None}
    named: dict[str, str] = {}
    for option in options:
        if option.name not in tried and option.excluded is not None:
            named.setdefault(option.name, option.excluded)
    reasons: dict[str, list[str]] = {}
    for backend, reason in named.items():
        reasons.setdefault(reason, []).append(backend)
    for reason, backends in reasons.items():
        yield f"{', '.join(backends)} ({reason})"
