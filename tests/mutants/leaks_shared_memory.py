"""Leaves untracked shared memory behind."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import resource_tracker, shared_memory

caught_by = "leaves"


class backend(ThreadPoolExecutor):
    def __enter__(self):
        memory = shared_memory.SharedMemory(f"mutant-{secrets.token_hex(4)}", create=True, size=1000)
        resource_tracker.unregister(memory._name, "shared_memory")
        memory.close()
        return super().__enter__()
