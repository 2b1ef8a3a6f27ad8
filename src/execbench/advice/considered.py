"""What may be advised: the backends, other ways to start them where forking is not safe, and a loop with one thread."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from execbench.advice.candidates import Bounds, Candidate, by_seconds, candidates, limited_loop
from execbench.advice.model import Costs
from execbench.advice.probe import Facts
from execbench.advice.start_methods import started_without_forks
from execbench.lane.questions import Calibrated
from execbench.plugins.trial import Choice


@dataclass(frozen=True)
class Considered:
    """Backends with what they cost, and their candidates."""

    backends: Sequence[Choice]
    calibrated: Mapping[str, Calibrated]
    """By title."""
    candidates: Sequence[Candidate]
    """The fastest first, as predicted."""


def considered(  # noqa: PLR0913, PLR0917 -- called by the adviser alone
    backends: Sequence[Choice],
    loop: Choice | None,
    facts: Facts,
    costs: Costs,
    bounds: Bounds,
    calibrate: Callable[[Sequence[Choice]], Mapping[str, Calibrated]],
) -> Considered:
    """Return what is considered for some tasks.

    Args:
        backends: those that the user lets be advised.
        loop: the serial loop, if it could be started with fewer threads for libraries.
        facts: what was seen of the tasks.
        costs: of all tasks.
        bounds: what excludes candidates.
        calibrate: returns what backends cost, by title.
    """
    calibrated = dict(calibrate(backends))
    if facts.sampled.unsafe_to_fork:
        others = started_without_forks(backends, calibrated)
        backends = [*backends, *others]
        calibrated.update(calibrate(others))
    found = candidates(backends, calibrated, costs, bounds)
    if loop is not None and facts.inner is not None:
        found = by_seconds([*found, limited_loop(loop, costs, bounds)], bounds.calls)
    return Considered(backends, calibrated, found)
