"""Awaits all coroutines at once, however many workers there are."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

caught_by = "coroutines_at_once"


class backend(ThreadPoolExecutor):
    def map_coroutines(self, fn, tasks, /, *, chunksize=1):
        slots = asyncio.Semaphore(99)

        async def await_one(task):
            async with slots:
                return await fn(task)

        async def run():
            return await asyncio.gather(*map(await_one, tasks))

        return asyncio.run(run())
