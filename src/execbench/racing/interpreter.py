"""What is seen of a trial's interpreter: its version, and whether its global interpreter lock was off."""

from execbench.lane.gil import Gil
from execbench.records.record import Interpreter
from execbench.supervisor.lane import LaneProcess
from execbench.supervisor.python import Python


class Witness:
    """Looks at the interpreter of a trial's lanes."""

    def __init__(self, python: Python) -> None:
        self._python = python
        self._version: str | None = None
        self.gil: Gil | None = None
        """None until the first launch has run its rounds."""

    def meet(self, lane: LaneProcess) -> None:
        """Note the version."""
        self._version = lane.python_version

    def part(self, lane: LaneProcess) -> None:
        """Look at the lock in the first launch, once its rounds are over."""
        if self.gil is None:
            self.gil = lane.look_at_gil()

    @property
    def interpreter(self) -> Interpreter:
        """What the record keeps."""
        python = self._python
        return Interpreter(python.name, self._version, python.options, python.environment, self.gil)
