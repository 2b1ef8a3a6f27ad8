"""What a trial's processes do while others race."""

from execbench.supervisor.process_tree import ProcessTree, Used, Window

_MIN_SECONDS = 0.1
"""Of rest that show something."""


class Rests:
    """The times between the first two rounds of each launch: to look at all processes costs as much as a round."""

    def __init__(self) -> None:
        self._current: Window | None = None
        self._ended: list[Used] = []

    @property
    def busy_cpus(self) -> float:
        """How many CPUs the trial has kept busy while it rested."""
        seconds = sum(used.wall_seconds for used in self._ended)
        return sum(used.cpu_seconds for used in self._ended) / max(_MIN_SECONDS, seconds)

    def begin(self, tree: ProcessTree) -> None:
        """Look at the processes after the first round of a launch."""
        self._current = Window(tree)

    def end(self) -> None:
        """Look again before the next round, if there was a first one."""
        if self._current is not None:
            self._ended.append(self._current.close())
            self._current = None

    def forget(self) -> None:
        """Drop a rest that no round has ended, as its launch is over."""
        self._current = None
