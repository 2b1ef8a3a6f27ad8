"""The trials of `execbench latency`: single calls, empty or with an argument, in turn, at once and cancelled."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from execbench.errors import BadInput
from execbench.lane.modes import Mode
from execbench.plugins.select import Request, Selection, select
from execbench.plugins.trial import Trial
from execbench.racing.check import check
from execbench.racing.race import Progress
from execbench.settings import Settings
from execbench.supervisor.lane import Nursery

_MOST_BYTES = 100_000_000
"""Of the arguments of a round."""

_NBYTES = (0, 1_000, 100_000, 10_000_000)
"""Of an argument; 0 is an empty call."""

Rounds: TypeAlias = Sequence[tuple[Mode, int]]
"""Each mode, with its calls in a round: as few as tell something, as some engines need 20 ms for each."""

_EMPTY: Rounds = (("in_turn", 100), ("at_once", 1_000), ("cancel", 1_000))
_LOADED: Rounds = (("in_turn", 50), ("at_once", 200))


def latency_trials(
    nursery: Nursery,
    call: str,
    backends: Sequence[str],
    max_workers: Sequence[int],
    progress: Progress = lambda text: None,
) -> Selection:
    """Return the trials of the backends that take single calls.

    Args:
        nursery: for the lanes that find out.
        call: names a workload without work, with `{nbytes}` in place of the bytes that each of its tasks weighs.
        backends: as for `execbench run --backend`; all of them if empty.
        max_workers: numbers of workers; the usable CPUs if empty.
        progress: called with what is going on.

    Raises:
        BadInput: a backend that was named takes none, or cannot be used.
    """
    workloads = [call.format(nbytes=nbytes) for nbytes in _NBYTES]
    selection = select(nursery, Request(backends, workloads, max_workers, sizes=[1], mode="in_turn"))
    left_out = [*selection.left_out]
    trials: list[Trial] = []
    refused: dict[str, str] = {}
    for trial in selection.trials:
        title = trial.backend.title
        if not (trial.workload.options["nbytes"] or title in refused):
            progress(f"opening {title}")
            record = check(trial, Settings(), nursery)
            if record.status == "not_opened":  # whatever else is wrong with it, its trials show
                refused[title] = f"the backend {title}: {record.reason}"
        if title not in refused:
            trials += _rounds_of(trial)
    if refused and backends:
        raise BadInput("; ".join(refused.values()))
    return Selection(trials, [*left_out, *refused.values()])


def _rounds_of(trial: Trial) -> Iterator[Trial]:
    nbytes = trial.workload.options["nbytes"]
    for mode, calls in _LOADED if nbytes else _EMPTY:
        size = min(calls, _MOST_BYTES // max(1, nbytes))
        yield replace(trial, mode=mode, size=size)
