"""What all charts look like, in light and in dark colours that colour-blind readers can tell apart."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import msgspec


class Theme(msgspec.Struct, frozen=True):
    """The content of `theme.json`; specifications refer to the colours by name."""

    row: int
    """The height of a trial's row in pixels."""
    light: dict[str, str]
    dark: dict[str, str]
    config: dict[str, Any]
    """Vega-Lite's."""


@cache
def theme() -> Theme:
    """Return the theme."""
    return msgspec.json.decode(resources.files(__package__).joinpath("theme.json").read_bytes(), type=Theme)


def painted(spec: Any, colours: Mapping[str, str]) -> Any:
    """Return a specification with the names of colours replaced by the colours."""
    if isinstance(spec, Mapping):
        return {name: painted(part, colours) for name, part in spec.items()}
    if isinstance(spec, list):
        return [painted(part, colours) for part in spec]
    return colours.get(spec, spec) if isinstance(spec, str) else spec
