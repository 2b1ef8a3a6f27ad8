"""From what was raced to a verdict."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from execbench.advice.answer import Verdict
from execbench.advice.candidates import WORTH, Candidate
from execbench.advice.contest import Result
from execbench.advice.selection import TOLERANCE, choose, interval, regret_bound, survivors
from execbench.plugins.baseline import BASELINE
from execbench.stats import Floats, Interval


@dataclass(frozen=True)
class Decision:
    """Which candidate, and how sure that is."""

    verdict: Verdict
    winner: str | None
    gain: Interval | None = None
    regret_bound: float | None = None
    simpler_than: str | None = None
    reason: str | None = None


def decide(
    results: Mapping[str, Result],
    candidates: Mapping[str, Candidate],
    launches: int,
    calls: float,
    worth: float = 0.0,
) -> Decision:
    """Decide between the loop and the candidates.

    Args:
        results: what was raced, by id; the loop is `serial`.
        candidates: those that were raced, by id, the simplest first.
        launches: how many there were.
        calls: for how many calls a pool is opened.
        worth: the seconds that a candidate must save of a call.
    """
    if results[BASELINE].failure is not None:
        return _without_loop(results[BASELINE])
    known = {name for name, result in results.items() if result.failure is None and not result.given_up}
    running = [name for name in (BASELINE, *candidates) if name in known]
    logs = np.array([results[name].logs(launches, calls) for name in running])
    chosen = int(choose(logs)) if launches else 0
    is_only_loop = launches > 0 and running[chosen] == BASELINE and int(survivors(logs).sum()) == 1
    if launches < 2 and not is_only_loop:
        said = "no launch" if not launches else "one launch only"
        return Decision("cannot_tell", None, reason=f"there was time for {said}, and an interval takes two")
    decision = _use(logs, running, chosen, worth) if chosen else _stay(logs, running)
    if decision.winner is not None and any(result.given_up for result in results.values()):
        verdict: Verdict = "stay_perhaps" if decision.winner == BASELINE else "use_perhaps"
        reasons = [decision.reason, "there was no time for all candidates"]
        return replace(decision, verdict=verdict, regret_bound=None, reason="; ".join(filter(None, reasons)))
    return decision


def _without_loop(loop: Result) -> Decision:
    """Decide where the loop fails in the race: a task that raises, or ends its process, does so in workers, too."""
    verdict: Verdict = "do_not" if loop.status in ("raised", "died") else "cannot_tell"
    return Decision(verdict, None, reason=f"the loop fails: {(loop.failure or '').partition(chr(10))[0]}")


def _use(logs: Floats, running: Sequence[str], chosen: int, worth: float) -> Decision:
    """Use the simplest of those that are as good as the best and certainly gain something, if that is worth it.

    If none of them certainly does, another one that may be the best will do.
    """
    alike = _alike(logs, chosen)
    others = sorted(np.flatnonzero(survivors(logs)).tolist(), key=lambda place: float(np.nanmean(logs[place])))
    place = next((place for place in [*alike, *others] if _gains_something(logs, place)), chosen)
    winner, gain, bound = running[place], _gain(logs, place), _bound(logs, place)
    other = next((running[each] for each in alike if each > place), None) if place in alike else None
    saved = float(np.exp(np.nanmean(logs[0])) - np.exp(np.nanmean(logs[place])))
    if saved < worth:
        reason = f"it saves {saved:.2g} s a call, less than the {worth:g} s that it should"
        return Decision("stay_serial", BASELINE, gain, _bound(logs, 0), simpler_than=winner, reason=reason)
    if gain is None or gain.high < WORTH or _may_be_serial(logs, gain):
        return _stay(logs, running, place)
    if gain.low <= 1:
        return Decision("cannot_tell", None, gain, bound, reason=f"{winner} may gain something, or nothing")
    if bound is None or bound > TOLERANCE:
        return Decision("use_perhaps", winner, gain, bound, other)
    return Decision("either" if other else "use", winner, gain, bound, other)


def _stay(logs: Floats, running: Sequence[str], nearest: int | None = None) -> Decision:
    """Stay serial, next to the best of the others; perhaps, if one of them may be worth using."""
    others = range(1, len(running))
    if nearest is None:
        nearest = min(others, key=lambda place: float(np.nanmean(logs[place] - logs[0])), default=None)
    gain = None if nearest is None else _gain(logs, nearest)
    name = None if nearest is None else running[nearest]
    bound = _bound(logs, 0)
    verdict: Verdict = "stay_serial" if bound is not None and bound < WORTH - 1 else "stay_perhaps"
    return Decision(verdict, BASELINE, gain, bound, simpler_than=name)


def _may_be_serial(logs: Floats, gain: Interval) -> bool:
    """Return whether the loop is as good as the best, by the same rule by which candidates are."""
    return bool(survivors(logs)[0]) and gain.estimate <= 1 + TOLERANCE


def _alike(logs: Floats, chosen: int) -> list[int]:
    """Return the candidates that are as good as the chosen one, itself included, the simplest first."""
    best = float(np.nanmean(logs[chosen]))
    return [
        place
        for place, stays in enumerate(survivors(logs))
        if place
        and (
            (stays and float(np.nanmean(logs[place])) - best <= math.log1p(TOLERANCE))
            or float(regret_bound(logs, place)) <= TOLERANCE  # out, as either of them would do
        )
    ]


def _bound(logs: Floats, place: int) -> float | None:
    """Return by how much another one may be faster; None where nothing tells."""
    bound = float(regret_bound(logs, place))
    return bound if math.isfinite(bound) else None


def _gains_something(logs: Floats, place: int) -> bool:
    gain = _gain(logs, place)
    return place > 0 and gain is not None and gain.low > 1


def _gain(logs: Floats, place: int) -> Interval | None:
    """Return how many times as fast as the loop a candidate is; None below two launches that both took part in."""
    ratios = logs[0] - logs[place]
    ratios = ratios[~np.isnan(ratios)]
    return interval(ratios) if len(ratios) > 1 else None
