"""Starts at most one worker per task, and so none for no tasks."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "no_tasks"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        tasks = list(tasks)
        with ThreadPoolExecutor(min(self._max_workers, len(tasks))) as executor:
            return list(executor.map(fn, tasks))
