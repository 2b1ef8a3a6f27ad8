"""What pools can send to other processes: by pickle, as most do, or by value with cloudpickle, code included."""

from __future__ import annotations

import pickle
from typing import Any

from execbench.lane.judging import in_a_line


class Refusals:
    """The first value that cannot be pickled, and the first that cannot even be sent by value, each with the reason."""

    def __init__(self) -> None:
        self.by_pickle: str | None = None
        self.by_value: str | None = None

    def pickled(self, value: Any, what: str) -> bytes | None:
        """Pickle a value, or note why that cannot be done: `what` comes before the reason."""
        content, why = pickled(value)
        if why is not None:
            self.by_pickle = self.by_pickle or f"{what}{why}"
        if why is not None and self.by_value is None:
            why_by_value = _by_value(value)
            self.by_value = why_by_value and f"{what}{why_by_value}"
        return content

    def note(self, why: str) -> None:
        """Note why a value cannot be sent at all."""
        self.by_pickle, self.by_value = self.by_pickle or why, self.by_value or why


def pickled(value: Any) -> tuple[bytes | None, str | None]:
    """Pickle a value as most pools do, or say why that cannot be done."""
    try:
        return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL), None
    except Exception as error:
        return None, in_a_line(error)


def _by_value(value: Any) -> str | None:
    """Say why a value cannot be sent by value; None if it can."""
    import cloudpickle  # noqa: PLC0415 -- few values need it

    try:
        cloudpickle.dumps(value)
    except Exception as error:
        return in_a_line(error)
    return None
