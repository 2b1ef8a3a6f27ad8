"""Slows down the clock that the lane reads."""

from concurrent.futures import ThreadPoolExecutor

from execbench.lane import session

caught_by = "race"

real = session.perf_counter
start = real()
session.perf_counter = lambda: start + (real() - start) / 1000


def backend(max_workers, /):
    return ThreadPoolExecutor(max_workers)
