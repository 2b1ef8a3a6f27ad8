"""How much time the advice may still take, apart from the user's own imports."""

import time


class Budget:
    """A deadline that moves with what is not counted."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.uncounted = 0.0
        """What the user's own imports and the making of tasks have taken so far."""
        self._begun = time.monotonic()

    @property
    def spent(self) -> float:
        """The seconds that count so far."""
        return time.monotonic() - self._begun - self.uncounted

    @property
    def left(self) -> float:
        """The seconds until the deadline."""
        return self.seconds - self.spent

    def forgive(self, seconds: float) -> None:
        """Move the deadline by what the user's own imports took."""
        self.uncounted += seconds
