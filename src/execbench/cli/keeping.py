"""Keeping what a sweep has found, whatever ended it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def keep(path: Path | None, content: Mapping[str, Any]) -> bool:
    """Write a file, if one was asked for; return False where it could not be written."""
    from execbench import artifact

    if path is None:
        return True
    try:
        artifact.write(path, content)
    except OSError as error:
        print(f"execbench: {path} could not be written: {error.strerror}", file=sys.stderr)
        return False
    return True
