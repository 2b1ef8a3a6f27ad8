"""The folder in which a lane, and every worker it starts, finds `execbench`.

It holds a small package of that name: the protocol, the lane, and the files of the backends and workloads. It stands
first on the lane's path, so it wins over an execbench that is installed there, and nothing else of the parent's
environment gets onto that path. The larger parts point at the files where they are installed: tracebacks name those,
and their bytecode is used.
"""

import importlib.util
import os
from importlib import resources
from pathlib import Path

from execbench.errors import BadInput

_COPIED = ("__init__.py", "protocol.py")
_POINTED_AT = ("lane", "backends", "workloads")


def make_lane_path(folder: Path) -> str:
    """Make the package in a folder of its own, and return what goes first on `PYTHONPATH`.

    Raises:
        BadInput: the folder's name cannot stand on a path.
    """
    if os.pathsep in os.fspath(folder):
        raise BadInput(f"the temporary folder {folder} has {os.pathsep!r} in its name: set TMPDIR to another one")
    package = folder / "path" / "execbench"
    package.mkdir(parents=True)
    for name in _COPIED:
        package.joinpath(name).write_bytes(resources.files("execbench").joinpath(name).read_bytes())
    for name in _POINTED_AT:
        package.joinpath(name).mkdir()
        text = f"__path__ = {_folders_of(f'execbench.{name}')!a}\n"
        package.joinpath(name, "__init__.py").write_text(text, encoding="ascii")
    return os.fspath(package.parent)


def _folders_of(package: str) -> list[str]:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return [os.path.abspath(folder) for folder in spec.submodule_search_locations]
