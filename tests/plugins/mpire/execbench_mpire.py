"""mpire: forked worker processes, with progress bars and worker state."""

from mpire import WorkerPool


class backend(WorkerPool):
    def map(self, fn, tasks, /, *, chunksize):
        calls = [(task,) for task in tasks]  # it would take apart a task that is a tuple
        return super().map(fn, calls, chunk_size=chunksize, concatenate_numpy_output=False) if calls else []
