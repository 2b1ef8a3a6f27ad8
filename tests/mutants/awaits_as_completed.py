"""Gives the results of coroutines as they are done."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

caught_by = "coroutine_results"


class backend(ThreadPoolExecutor):
    def map_coroutines(self, fn, tasks, /, *, chunksize=1):
        slots = asyncio.Semaphore(self._max_workers)

        async def await_one(task):
            async with slots:
                return await fn(task)

        async def run():
            return [await each for each in asyncio.as_completed([await_one(task) for task in tasks])]

        return asyncio.run(run())
