"""Says that it is serial, but is not."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "no_more_than_max_workers"


class backend(ThreadPoolExecutor):
    serial = True
