"""Starts four times as many workers as requested."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "no_more_than_max_workers"


def backend(max_workers, /):
    return ThreadPoolExecutor(4 * max_workers)
