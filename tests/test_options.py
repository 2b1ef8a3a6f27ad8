"""Options are keyword-only parameters, typed by their annotations."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from execbench.lane.options import WrongOption, convert, describe


def options(
    first: int,
    /,
    *,
    call: Literal["map", "apply"] = "map",
    steps: int = 1,
    share: float = 0.5,
    fast: bool = False,
    name: str = "x",
    batch: int | Literal["auto"] = "auto",
    limit: int | None = 3,
) -> NotThere:  # type: ignore[name-defined]  # noqa: F821
    """Takes one option of each type; its return annotation cannot be evaluated."""


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [
        ("call", "apply", "apply"),
        ("steps", "2000", 2000),
        ("share", "0.25", 0.25),
        ("fast", "true", True),
        ("name", "y", "y"),
        ("batch", "7", 7),
        ("batch", "auto", "auto"),
        ("limit", "none", None),
    ],
)
def test_conversion(option: str, text: str, value: Any) -> None:
    """A text is converted to the annotated type."""
    assert convert("it", options, {option: text}).all[option] == value


@pytest.mark.parametrize(
    ("option", "text", "allowed"),
    [
        ("call", "mop", "call takes map|apply"),
        ("steps", "many", "steps takes int"),
        ("fast", "perhaps", "fast takes true|false"),
        ("batch", "some", r"batch takes int\|auto"),
        ("speed", "1", "it has no option 'speed'; it takes call=map|apply, steps=int"),
    ],
)
def test_disallowed_value(option: str, text: str, allowed: str) -> None:
    """A value that the annotation does not allow is refused, and the message says what is allowed."""
    with pytest.raises(WrongOption, match=allowed.replace("|apply", r"\|apply")):
        convert("it", options, {option: text})


def test_only_changes_are_named() -> None:
    """An option that is set to its default is not part of a trial's name."""
    assert convert("it", options, {"steps": "1", "name": "z"}).changed == {"name": "z"}


def test_required_option() -> None:
    """An option without a default must be given."""

    def needs(*, address: str) -> None: ...

    with pytest.raises(WrongOption, match="it needs the option address=str"):
        convert("it", needs, {})


def test_description() -> None:
    """The allowed values and the default are shown as a user would write them."""
    assert describe(options)["batch"] == {"allows": "int|auto", "default": "auto"}


def test_callable_without_signature() -> None:
    """A callable written in C that has no signature takes no options."""
    assert describe(type) == {}
