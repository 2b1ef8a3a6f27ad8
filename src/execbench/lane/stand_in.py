"""What modules of the user find in a lane instead of `execbench.race` and its like, which belong to the parent."""

from __future__ import annotations

from typing import Any


def stand_in(name: str) -> Any:
    """Return a class, which can be imported, inherited and caught; RuntimeError, which says why, where it is called."""

    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError(
            f"execbench.{name} is called while a lane or a worker imports this module: "
            f'put the call under `if __name__ == "__main__":`'
        )

    return type(name, (Exception,), {"__init__": refuse})
