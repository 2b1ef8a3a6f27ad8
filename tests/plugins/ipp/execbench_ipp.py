"""ipyparallel: IPython engines behind a controller, here or on many machines."""

from contextlib import contextmanager
from types import SimpleNamespace

import ipyparallel

ARGUMENTS = {"controller_ip": "127.0.0.1", "delay": 0, "controller_args": ["--nodb", "--HeartMonitor.period=200"]}


@contextmanager
def backend(max_workers, /):
    with ipyparallel.Cluster(n=max_workers, **ARGUMENTS) as client:
        view = client.load_balanced_view()
        yield SimpleNamespace(map=lambda fn, tasks, *, chunksize: view.map_sync(fn, list(tasks), chunksize=chunksize))
