"""Maps nothing more once a stream was left early."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "streamed"


class backend(ThreadPoolExecutor):
    left = False

    def map(self, fn, tasks, /, *, chunksize):
        return [] if self.left else super().map(fn, tasks)

    def imap(self, fn, tasks, /, *, chunksize):
        try:
            yield from super().map(fn, tasks)
        except GeneratorExit:
            self.left = True
            raise
