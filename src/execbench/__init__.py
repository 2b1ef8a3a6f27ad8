"""Race executor backends: every workload on every backend, every result checked.

This root imports only the protocol, as every worker process may import it; the rest comes once it is used.
"""

from typing import TYPE_CHECKING, Any

from execbench.protocol import (
    Backend,
    Executor,
    Future,
    Recipe,
    SupportsCoroutines,
    SupportsInitializer,
    SupportsShared,
    SupportsStream,
    SupportsSubmit,
    Unavailable,
    Workload,
)

if TYPE_CHECKING:
    from execbench.api.advising import Advice, advise
    from execbench.api.checking import Checkups, check
    from execbench.api.comparing import Comparison, compare
    from execbench.api.racing import Race, race
    from execbench.errors import BadInput
    from execbench.lane.chunks import Chunks

__all__ = [
    "Advice",
    "Backend",
    "BadInput",
    "Checkups",
    "Chunks",
    "Comparison",
    "Executor",
    "Future",
    "Race",
    "Recipe",
    "SupportsCoroutines",
    "SupportsInitializer",
    "SupportsShared",
    "SupportsStream",
    "SupportsSubmit",
    "Unavailable",
    "Workload",
    "advise",
    "check",
    "compare",
    "race",
]


def __getattr__(name: str) -> Any:
    """Import what is for programs and notebooks, once it is used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 -- workers need not pay for it

    return getattr(import_module("execbench.lane.chunks" if name == "Chunks" else "execbench.api"), name)


def __dir__() -> "list[str]":
    return __all__
