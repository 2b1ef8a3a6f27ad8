"""Needs a task for each worker."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "fewer_tasks_than_workers"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        tasks = list(tasks)
        if 0 < len(tasks) < self._max_workers - 1:
            raise ValueError("some workers have nothing to do")
        return list(super().map(fn, tasks))
