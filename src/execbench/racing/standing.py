"""How a race stands after a launch: who leads, and which trials need no more launches, as they certainly do not win."""

from collections.abc import Iterable
from functools import reduce
from operator import add

from execbench.racing.entrant import Entrant
from execbench.racing.stopping import Spread, is_certain, is_settled
from execbench.stats import launch_ratios, ratios_by_launch


class Standing:
    """What the launches so far say of one race with a leader."""

    def __init__(self, leader: Entrant, entrants: Iterable[Entrant], planned: int) -> None:
        self.leader = leader
        """The trial that seems the fastest so far."""
        self._planned = planned
        others = (entrant for entrant in entrants if entrant is not leader and not entrant.failed)
        spreads = (Spread.of(launch_ratios(entrant.samples, leader.samples)) for entrant in others)
        self._spread = reduce(add, spreads, Spread.of([]))

    def has_settled(self, entrant: Entrant) -> bool:
        """Return whether a trial certainly is not the fastest."""
        logs = launch_ratios(entrant.samples, self.leader.samples)
        return bool(is_settled(logs, self._planned, self._spread))

    def clears(self, control: Entrant, winner: Entrant, baseline: Entrant) -> bool:
        """Return whether a winner certainly gains more on one worker than that one gains on the serial loop."""
        on_one, of_one = (ratios_by_launch(control.samples, other.samples) for other in (winner, baseline))
        logs = [on_one[launch] + of_one[launch] for launch in on_one if launch in of_one]
        # These are log(control²/(winner x baseline)): the variance is three times that of a ratio of two trials.
        return bool(is_certain(logs, self._planned, self._spread * 3))
