"""The records of an advice, from what was found."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from execbench.advice.answer import Option, Seen
from execbench.advice.candidates import Candidate
from execbench.advice.contest import Result
from execbench.advice.probe import Facts
from execbench.advice.selection import interval
from execbench.plugins.baseline import BASELINE
from execbench.records.calls import MANY
from execbench.stats import Floats, Interval

_SLOWER = "predicted to be slower"
_GIVEN_UP = "no time for more than a launch or two"


@dataclass(frozen=True)
class Raced:
    """What was found of the candidates that were raced."""

    tasks: int = 0
    launches: int = 0
    warm_launches: int = 0
    """Those that tell about a pool that lives on."""
    results: Mapping[str, Result] = field(default_factory=dict)


def options_of(found: Sequence[Candidate], raced: Raced, calls: float) -> list[Option]:
    """Return what is known of each candidate."""
    return [_option(candidate, raced, calls) for candidate in found]


def seen_of(facts: Facts, free_memory: int, raced: int) -> Seen:
    """Return what was seen of the tasks."""
    sampled, repeated = facts.sampled, facts.surveyed.repeated
    return Seen(
        tasks=facts.tasks,
        run=len(facts.numbers),
        raced=raced,
        total=facts.serial_total,
        typical=facts.typical,
        longest=facts.longest,
        setup=facts.first,
        waiting=facts.waiting,
        held=facts.held,
        pickling=facts.pickling / max(facts.serial_total, 1e-12),
        task_bytes=facts.task_bytes,
        result_bytes=facts.result_bytes,
        function_bytes=facts.surveyed.function_bytes,
        inner_threads=facts.has_inner_threads,
        memory=sampled.memory,
        unsafe_to_fork=sampled.unsafe_to_fork,
        free_memory=free_memory,
        effects=[*sampled.effects, *([] if sampled.changed is None else ["changes what it is given"])],
        repeated=repeated.what.name if repeated else None,
        repeated_bytes=repeated.bytes if repeated else 0,
    )


def _option(candidate: Candidate, raced: Raced, calls: float) -> Option:
    setting, result = candidate.setting, raced.results.get(candidate.setting.id)
    measured = speedup = None
    if result is None:
        excluded = candidate.excluded or (_SLOWER if raced.launches else None)
    else:
        excluded = _GIVEN_UP if result.given_up else result.failure
        logs = result.logs(raced.launches, calls)
        measured, speedup = _known(logs), _known(raced.results[BASELINE].logs(raced.launches, calls) - logs)
    return Option(
        id=setting.id,
        backend=setting.backend.title,
        max_workers=setting.max_workers,
        chunksize=setting.chunksize,
        sent_once=setting.sent_once.name if setting.sent_once else None,
        kind=candidate.kind,
        predicted=candidate.body if calls == MANY else candidate.once,
        measured=measured,
        speedup=speedup,
        excluded=excluded,
    )


def _known(logs: Floats) -> Interval | None:
    """Return the mean of some launches; without a width if there is only one."""
    known = logs[~np.isnan(logs)]
    if len(known) > 1:
        return interval(known)
    return Interval(*[math.exp(known[0])] * 3) if len(known) else None
