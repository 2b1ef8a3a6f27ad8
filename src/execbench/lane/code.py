"""What this process has imported: the user's own files, and what has no bytecode."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

_OURS = ("execbench.lane", "execbench.protocol")
_INSTALLED = ("site-packages", "dist-packages")


def users_files() -> list[str]:
    """Return the imported files that belong neither to the standard library nor to an installed package."""
    library = tuple(os.path.join(sysconfig.get_path(name), "") for name in ("stdlib", "platstdlib"))
    files = set()
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and not name.startswith(_OURS):
            files.add(os.path.abspath(file))
    return sorted(file for file in files if not file.startswith(library) and not _is_installed(file))


def uncompiled_modules() -> int:
    """Count the imported modules without a bytecode file, which every start has to compile again."""
    cached = [getattr(getattr(module, "__spec__", None), "cached", None) for module in list(sys.modules.values())]
    return sum(1 for path in cached if path and not os.path.exists(path))


def _is_installed(file: str) -> bool:
    return any(part in _INSTALLED for part in Path(file).parts)
