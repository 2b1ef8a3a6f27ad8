"""The interpreters of this machine that tests run lanes under; `python -m tests.interpreters` names them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

OLDEST = (3, 9)
WANTED = ("3.14", "3.14t")
"""What differs most from the interpreters that every machine has: a run of the tests should say if it lacked one."""

_ASK = """\
import sys, sysconfig
print(sys.implementation.name, *sys.version_info[:2], sysconfig.get_config_var("Py_GIL_DISABLED") or 0)
"""


class Interpreter(NamedTuple):
    """A CPython, by version and build."""

    version: tuple[int, int]
    free_threaded: bool

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.version))}{'t' * self.free_threaded}"


def _interpreters() -> Iterator[tuple[Interpreter, str]]:
    """Yield every CPython on the PATH and among pyenv's versions, with its path."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep)]
    folders += sorted(Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/*/bin"))
    for folder in folders:
        for program in sorted(folder.glob("python3.[0-9]*")):
            if program.name.removeprefix("python3.").removesuffix("t").isdecimal():
                told = subprocess.run([str(program), "-c", _ASK], capture_output=True, text=True, check=False)
                name, *numbers = told.stdout.split() or [""]
                if name == "cpython":
                    major, minor, free_threaded = map(int, numbers)
                    found = Interpreter((major, minor), bool(free_threaded))
                    if program.name.removesuffix("t") == f"python{major}.{minor}":
                        yield found, str(program)


FOUND = dict(_interpreters())
"""One interpreter of each version and build; pyenv shims that stand for no version are skipped."""

SUPPORTED = {interpreter: path for interpreter, path in FOUND.items() if interpreter.version >= OLDEST}


if __name__ == "__main__":
    found = list(map(str, sorted(SUPPORTED)))
    lacked = [name for name in WANTED if name not in found]
    sys.stdout.write(f"interpreters found: {', '.join(found)}; lacked: {', '.join(lacked) or 'none'}\n")
