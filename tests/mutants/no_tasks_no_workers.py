"""Starts as many workers as there are tasks, at most, and none for none."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "no_tasks"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        tasks = list(tasks)
        with ThreadPoolExecutor(min(self._max_workers, len(tasks))) as executor:
            return list(executor.map(fn, tasks))
