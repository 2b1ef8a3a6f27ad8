"""The folder where a lane, and every worker it starts, finds `execbench`.

It contains a small package of that name: the protocol, the lane, and the files of the backends and workloads. It comes
first on the lane's path, so it takes precedence over an installed execbench, and nothing else from the parent's
environment gets onto that path. The larger parts point to the installed files, so that tracebacks name those files and
their bytecode is used.
"""

import importlib.util
import os
from importlib import resources
from pathlib import Path

from execbench.errors import BadInput

_COPIED = ("__init__.py", "protocol.py")
_POINTED_AT = ("lane", "backends", "workloads")


def make_lane_path(folder: Path) -> str:
    """Make the package and return the first entry for `PYTHONPATH`; BadInput if a path cannot contain the folder."""
    if os.pathsep in os.fspath(folder):
        raise BadInput(f"the temporary folder {folder} has {os.pathsep!r} in its name: set TMPDIR to another one")
    package = folder / "path" / "execbench"
    package.mkdir(parents=True)
    for name in _COPIED:
        package.joinpath(name).write_bytes(resources.files("execbench").joinpath(name).read_bytes())
    for name in _POINTED_AT:
        package.joinpath(name).mkdir()
        spec = importlib.util.find_spec(f"execbench.{name}")
        assert spec is not None
        assert spec.submodule_search_locations is not None
        folders = [os.path.abspath(folder) for folder in spec.submodule_search_locations]
        package.joinpath(name, "__init__.py").write_text(f"__path__ = {folders!a}\n", encoding="ascii")
    return os.fspath(package.parent)
