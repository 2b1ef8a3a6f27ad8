"""What this process has imported: the user's own files, and what has no bytecode."""

from __future__ import annotations

import os
import sys
import sysconfig
import traceback
from functools import cache

_INSTALLED = {"site-packages", "dist-packages"}


def users_files() -> list[str]:
    """Return the imported files that belong neither to the standard library nor to an installed package."""
    files = set()
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and _is_users(os.path.abspath(file)):
            files.add(os.path.abspath(file))
    return sorted(files)


def users_line(error: BaseException) -> str | None:
    """Return `file:line` of the last line of the user's own code that an exception went through, if there is one."""
    lines = [(frame.f_code.co_filename, number) for frame, number in traceback.walk_tb(error.__traceback__)]
    own = [f"{file}:{number}" for file, number in lines if _is_users(file)]
    return own[-1] if own else None


def uncompiled_modules() -> int:
    """Count the imported modules without a bytecode file, which every start has to compile again."""
    cached = [getattr(getattr(module, "__spec__", None), "cached", None) for module in list(sys.modules.values())]
    return sum(1 for path in cached if path and not os.path.exists(path))


def _is_users(file: str) -> bool:
    return not file.startswith(("<", *_folders())) and _INSTALLED.isdisjoint(file.split(os.sep))


@cache
def _folders() -> tuple[str, ...]:
    """Return the folders of the standard library, of a lane's own modules, and of those that are made for lanes."""
    made_for_lanes = os.path.dirname(os.path.dirname(str(sys.modules["execbench"].__file__)))
    library = [
        sysconfig.get_path("stdlib"),
        sysconfig.get_path("platstdlib"),
        made_for_lanes,
        os.path.dirname(__file__),
    ]
    return tuple(os.path.join(folder, "") for folder in library)
