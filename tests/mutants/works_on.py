"""Returns the results before all effects of a task are there."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "done_when_drained"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        if fn.__name__ != "note_late":
            return super().map(fn, tasks)
        tasks = list(tasks)
        for task in tasks:
            self.submit(fn, task)
        return [number for _, number in tasks]
