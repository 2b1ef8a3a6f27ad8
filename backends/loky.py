"""loky: a pool of worker processes that is more robust than the standard ones.

Its workers are fresh processes on this machine, and functions are sent with cloudpickle, so lambdas and closures work.
Pick it for CPU work where a dying worker must be an error, not a hang, or where functions are defined in a notebook.
"""

from loky import ProcessPoolExecutor

from execbench import Recipe

backend = ProcessPoolExecutor


def recipe(max_workers: int, chunksize: int, /) -> Recipe:
    """Write it as for the standard library's executor."""
    return Recipe(
        imports=["from loky import ProcessPoolExecutor"],
        opening=f"ProcessPoolExecutor(max_workers={max_workers})",
        results=f"list(executor.map(fn, tasks, chunksize={chunksize}))",
        takes_initializer=True,
        workers_get_fn="by value",
    )
