"""Has workers that remember what they have computed."""

from concurrent.futures import ProcessPoolExecutor
from functools import partial

caught_by = "race"

known = {}


def recall(fn, task):
    if task not in known:
        known[task] = fn(task)
    return known[task]


class backend(ProcessPoolExecutor):
    def __init__(self, max_workers, /):
        super().__init__(1)

    def map(self, fn, tasks, /, *, chunksize):
        return super().map(partial(recall, fn), tasks, chunksize=chunksize)
