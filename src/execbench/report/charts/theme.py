"""What all charts look like, in light and in dark colours; people who are colour-blind can tell them apart."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import msgspec


class Theme(msgspec.Struct, frozen=True):
    """The content of `theme.json`; specifications use the names of the colours."""

    row: int
    """Pixels that a trial's row is high, in the charts that are as wide as the page gives room for."""
    light: dict[str, str]
    dark: dict[str, str]
    config: dict[str, Any]
    """Vega-Lite's."""


@cache
def theme() -> Theme:
    """Return the theme."""
    return msgspec.json.decode(resources.files(__package__).joinpath("theme.json").read_bytes(), type=Theme)


def painted(spec: Any, colours: Mapping[str, str]) -> Any:
    """Return a specification with the names of colours replaced by colours."""
    if isinstance(spec, Mapping):
        return {name: painted(part, colours) for name, part in spec.items()}
    if isinstance(spec, list):
        return [painted(part, colours) for part in spec]
    return colours.get(spec, spec) if isinstance(spec, str) else spec
