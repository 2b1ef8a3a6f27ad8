"""What this process has imported: the user's own files, and what has no bytecode."""

from __future__ import annotations

import os
import sys
import sysconfig

_INSTALLED = {"site-packages", "dist-packages"}


def users_files() -> list[str]:
    """Return the imported files that belong neither to the standard library nor to an installed package."""
    made_for_lanes = os.path.dirname(os.path.dirname(str(sys.modules["execbench"].__file__)))
    library = [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), made_for_lanes]
    folders = tuple(os.path.join(folder, "") for folder in library)
    files = set()
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and not name.startswith("execbench.lane"):
            files.add(os.path.abspath(file))
    return sorted(file for file in files if not file.startswith(folders) and not _is_installed(file))


def uncompiled_modules() -> int:
    """Count the imported modules without a bytecode file, which every start has to compile again."""
    cached = [getattr(getattr(module, "__spec__", None), "cached", None) for module in list(sys.modules.values())]
    return sum(1 for path in cached if path and not os.path.exists(path))


def _is_installed(file: str) -> bool:
    return not _INSTALLED.isdisjoint(file.split(os.sep))
