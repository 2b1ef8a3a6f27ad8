"""Maps as if nothing had happened after an initializer has raised."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

caught_by = "initializer_exception"


def try_to(initializer, arguments):
    with suppress(Exception):
        initializer(*arguments)


class backend(ThreadPoolExecutor):
    def __init__(self, max_workers, /, *, initializer=None, initargs=()):
        super().__init__(max_workers, "", try_to, (initializer or int, initargs))
