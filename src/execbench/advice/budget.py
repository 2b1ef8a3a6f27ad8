"""How much time the advice may still take, apart from the user's own imports."""

import time


class Budget:
    """A deadline that moves with what is not counted, as far as another budget.

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
        return time.monotonic() - self._begun - min(self.uncounted, self.seconds)

    @property
    def left(self) -> float:
        """The seconds until the deadline."""
        return self.seconds - self.spent

    def forgive(self, seconds: float) -> None:
        """Move the deadline by what is not counted."""
        self.uncounted += seconds
