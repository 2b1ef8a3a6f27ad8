"""What a lane finds in place of `execbench.api`, as modules of the user may import `execbench.race` and its like."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    """Return a class, which can be imported, inherited and caught; RuntimeError, which says why, where it is called."""
    if name.startswith("__"):
        raise AttributeError(name)

    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError(
            f"execbench.{name} is called while a lane or a worker imports this module: "
            f'put the call under `if __name__ == "__main__":`'
        )

    return type(name, (Exception,), {"__init__": refuse})
