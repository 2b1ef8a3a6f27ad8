"""Race executor backends: every workload on every backend, every result checked.

This root re-exports only the protocol, as every worker process may import it.
"""

from execbench.protocol import Backend, Executor, Future, SupportsCoroutines, SupportsSubmit, Unavailable, Workload

__all__ = ["Backend", "Executor", "Future", "SupportsCoroutines", "SupportsSubmit", "Unavailable", "Workload"]
