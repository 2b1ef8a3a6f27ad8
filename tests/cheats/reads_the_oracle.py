"""Looks for the expected results in the memory of its process, and returns those."""

import gc
from contextlib import contextmanager

caught_by = "race"


class Spy:
    def map(self, fn, tasks, /, *, chunksize):
        for session in gc.get_objects():
            expected = getattr(session, "_expected", None) if type(session).__name__ in ("Session", "Oracle") else None
            if expected:
                return expected
        raise LookupError("the expected results are not in this process")


@contextmanager
def backend(max_workers, /):
    yield Spy()
