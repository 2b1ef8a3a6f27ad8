"""What the advice would be in other situations: other calls, or longer tasks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from execbench.advice.answer import Otherwise
from execbench.advice.candidates import WORTH, Bounds, candidates
from execbench.advice.decision import Decision
from execbench.advice.model import Costs
from execbench.lane.questions import Calibrated
from execbench.plugins.trial import Choice
from execbench.records.calls import MANY
from execbench.settings import Calls
from execbench.stats import Interval

LONGER = [10.0**power for power in range(1, 7)]
"""How many times as long tasks are considered to take, if nothing is worth using."""


def with_other_calls(calls: float, decide: Callable[[Calls], Decision]) -> Otherwise:
    """Return what the same race says of a pool that lives on, or if that was the question, of one call."""
    other: Calls = "once" if calls == MANY else "many"
    found = decide(other)
    return Otherwise(other, 1.0, found.winner, found.gain)


def with_longer_tasks(
    backends: Sequence[Choice], calibrated: Mapping[str, Calibrated], costs: Costs, bounds: Bounds, calls: Calls
) -> Iterator[Otherwise]:
    """Yield how long tasks must be for something to be worth using, as far as the model knows."""
    for times in LONGER:
        longer = replace(bounds, loop=times * bounds.loop)
        found = candidates(backends, calibrated, costs.longer(times), longer)
        for best in (each for each in found if each.excluded is None):
            gain = longer.of_loop(costs) / best.seconds(bounds.calls)
            if gain >= WORTH:
                yield Otherwise(calls, times, best.setting.id, Interval(gain, gain, gain))
                return
