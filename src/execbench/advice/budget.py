"""How much time the advice may still take, apart from the user's own imports."""

import time

FORGIVEN = 2.0
"""How many times the budget may be spent on what is not counted, before that counts, too."""


class Budget:
    """A deadline that moves with what is not counted, within a limit.

    Args:
        seconds: until the deadline.
        spent: those that were spent before.
    """

    def __init__(self, seconds: float, spent: float = 0.0) -> None:
        self.seconds = seconds
        self.uncounted = 0.0
        """What the user's own imports, the making of tasks and calibrations have taken so far."""
        self._begun = time.monotonic() - spent

    @property
    def spent(self) -> float:
        """The seconds that count so far."""
        return time.monotonic() - self._begun - min(self.uncounted, FORGIVEN * self.seconds)

    @property
    def left(self) -> float:
        """The seconds until the deadline."""
        return self.seconds - self.spent

    def times(self, counted: float, uncounted: float, reserve: float) -> int:
        """Return how many times there is time for something, if it takes these seconds, and some must be left."""
        left, forgivable = self.left - reserve, max(0.0, FORGIVEN * self.seconds - self.uncounted)
        times = left / counted
        if times * uncounted > forgivable:
            times = (left + forgivable) / (counted + uncounted)
        return max(0, int(times))

    def forgive(self, seconds: float) -> None:
        """Move the deadline by what is not counted."""
        self.uncounted += seconds
