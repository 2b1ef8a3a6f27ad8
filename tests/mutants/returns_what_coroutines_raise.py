"""Returns what coroutines raise among their results."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

caught_by = "coroutine_exception"


class backend(ThreadPoolExecutor):
    def map_coroutines(self, fn, tasks, /, *, chunksize=1):
        slots = asyncio.Semaphore(self._max_workers)

        async def await_one(task):
            async with slots:
                return await fn(task)

        async def run():
            return await asyncio.gather(*map(await_one, tasks), return_exceptions=True)

        return asyncio.run(run())
