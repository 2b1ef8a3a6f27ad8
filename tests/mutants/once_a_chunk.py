"""Takes a chunk for a task: its first result stands for the whole chunk."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "results"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        results = list(super().map(fn, tasks))
        return [results[number // chunksize * chunksize] for number in range(len(results))]
