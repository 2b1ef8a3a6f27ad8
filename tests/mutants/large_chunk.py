"""Never runs a chunk that is larger than its input."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "one_task"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        tasks = list(tasks)
        return list(super().map(fn, tasks if chunksize <= max(2, len(tasks)) else []))
