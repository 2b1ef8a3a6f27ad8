"""pebble: worker processes that are replaced when they die or take too long."""

from contextlib import contextmanager
from types import SimpleNamespace

from pebble import ProcessPool


@contextmanager
def backend(max_workers, /):
    with ProcessPool(max_workers) as pool:
        yield SimpleNamespace(map=lambda fn, tasks, *, chunksize: pool.map(fn, tasks, chunksize=chunksize).result())
