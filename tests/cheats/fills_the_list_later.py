"""Returns a list at once, which a thread fills after the clock has stopped."""

import threading
from contextlib import contextmanager

caught_by = "race"


class Eager:
    def map(self, fn, tasks, /, *, chunksize):
        results = [None] * len(tasks)

        def fill():
            for place, task in enumerate(tasks):
                results[place] = fn(task)

        threading.Thread(target=fill).start()
        return results


@contextmanager
def backend(max_workers, /):
    yield Eager()
