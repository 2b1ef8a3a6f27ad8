"""Sends results as JSON, which has no tuples."""

import json
from concurrent.futures import ThreadPoolExecutor

caught_by = "results"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        return json.loads(json.dumps(list(super().map(fn, tasks))))
