"""Streams results, but changes what a task raises."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "streamed"


class backend(ThreadPoolExecutor):
    def imap(self, fn, tasks, /, *, chunksize):
        try:
            yield from self.map(fn, tasks)
        except Exception as error:
            raise RuntimeError(error) from error
