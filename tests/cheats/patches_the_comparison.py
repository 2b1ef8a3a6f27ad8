"""Returns nonsense, and replaces the comparison by one that is always content."""

import gc
from contextlib import contextmanager

from execbench.lane import judging, session

caught_by = "race"


class Nonsense:
    def map(self, fn, tasks, /, *, chunksize):
        return [None] * len(tasks)


@contextmanager
def backend(max_workers, /):
    for module in (judging, session):
        module.judge = lambda equal, results, expected: session.Done()
    for workload in gc.get_objects():
        if type(workload).__name__ == "Workload":
            object.__setattr__(workload, "equal", lambda results, expected: True)
    yield Nonsense()
