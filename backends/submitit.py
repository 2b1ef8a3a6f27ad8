"""submitit: jobs on a Slurm cluster, or local processes in their place.

A map is one job for each worker, which starts a Python of its own. Functions are sent with cloudpickle, by files, and
the program looks for the results once a second. Local jobs see no GPU. Pick it for work of minutes on a cluster.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal, Optional

import submitit

from execbench import Chunks, Unavailable


@contextmanager
def backend(
    max_workers: int,
    /,
    *,
    cluster: Literal["local", "slurm"] = "local",
    folder: Optional[str] = None,
    minutes: int = 60,
) -> Iterator[_Jobs]:
    """Keep the files of the jobs in a folder of its own, which leaving removes.

    Args:
        max_workers: the number of jobs of a map.
        cluster: what runs the jobs.
        folder: where that folder is made; for Slurm, a place that all its nodes see. The system's by default.
        minutes: how long a job may take.

    Raises:
        Unavailable: Slurm is not here.
    """
    if cluster == "slurm" and shutil.which("srun") is None:
        raise Unavailable("there is no srun here: run it where Slurm takes jobs")
    with tempfile.TemporaryDirectory(prefix="submitit-", dir=folder, ignore_cleanup_errors=True) as own:
        executor = submitit.AutoExecutor(own, cluster=cluster)
        executor.update_parameters(timeout_min=minutes)
        yield _Jobs(executor, max_workers)


class _Jobs:
    """An executor whose maps are jobs. A task's exception is raised once its job is done."""

    def __init__(self, executor: submitit.Executor, max_workers: int) -> None:
        self._executor = executor
        self._max_workers = max_workers

    def map(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int) -> list[Any]:
        """Deal the chunks out to the jobs."""
        chunks = list(Chunks.split(tasks, chunksize))
        count = min(self._max_workers, len(chunks))
        run = partial(Chunks.run_or_catch, partial(Chunks.run, fn))
        jobs: list[submitit.Job[Any]] = []
        try:
            for first in range(count):
                jobs.append(self._executor.submit(run, chunks[first::count]))  # noqa: PERF401 -- ended if one fails
            answers = [Chunks.results(job.result()) for job in jobs]
        except BaseException:
            for job in jobs:
                job.cancel(check=False)
            raise
        return [result for at in range(len(chunks)) for result in answers[at % count][at // count]]
