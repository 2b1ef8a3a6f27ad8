"""Tasks and results as bytes: equal ones give equal bytes, and come back one by one."""

from __future__ import annotations

import pickle
from itertools import islice
from typing import Any

import pytest

from execbench.lane.pickling import are_distinct, digest, pickled, unpickled


class Unwilling:
    """An object that refuses to be loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what raises."""
        return int, ("no number",)


def _content(values: list[Any]) -> bytes:
    content = pickled(values)
    assert content is not None
    return content


@pytest.mark.parametrize(
    "values",
    [[], [1, 2.5, True, None, 1j, b"x", "word"], [[1], [2]], [{"a": (1, [2])}, "word", 3], [[]] * 3],
)
def test_values_come_back(values: list[Any]) -> None:
    """Plain values, those with parts, and none at all come back with their types."""
    back = list(unpickled(_content(values)))
    assert back == values
    assert list(map(type, back)) == list(map(type, values))


@pytest.mark.parametrize("value", ["a word of some length", b"bytes of some length", [1, 2], ("x", [3])])
def test_sharing_does_not_show(value: Any) -> None:
    """One object twice gives the same bytes as two equal objects, as results of workers share nothing."""
    copy = pickle.loads(pickle.dumps(value))
    assert copy is not value
    assert _content([value, value]) == _content([value, copy])
    assert digest(_content([value, value])) == digest(_content([value, copy]))


def test_types_show() -> None:
    """Values that are equal and of another type give other bytes."""
    assert len({_content([value]) for value in (1, 1.0, True, 1 + 0j)}) == 4


def test_only_what_is_asked_for_is_loaded() -> None:
    """The first values come back although the last one cannot."""
    content = _content([[1], [2], Unwilling()])
    assert list(islice(unpickled(content), 2)) == [[1], [2]]
    with pytest.raises(ValueError, match="no number"):
        list(unpickled(content))


def test_what_cannot_be_pickled() -> None:
    """There are no bytes of what cannot be pickled, and it cannot show an order."""
    assert pickled([1, lambda: 1]) is None
    assert not are_distinct([1, lambda: 1])
    assert are_distinct([1, 2, [1]])
    assert not are_distinct([[1], 2, [1]])
