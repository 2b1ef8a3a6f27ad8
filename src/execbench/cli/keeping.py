"""Keeping what a sweep has found, whatever ended it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def is_kept(path: Path | None, content: Mapping[str, Any]) -> bool:
    """Write a file, if one was asked for; return whether all that was asked for is there."""
    from execbench import artifact

    if path is None:
        return True
    try:
        artifact.write(path, content)
    except OSError as error:
        print(f"execbench: {path} could not be written: {error.strerror}", file=sys.stderr)
        return False
    return True
