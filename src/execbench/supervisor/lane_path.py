"""What lanes import as `execbench`: a part of it, which needs nothing but the standard library."""

import importlib.util
import os
from importlib import resources
from pathlib import Path

from execbench.errors import BadInput


def make_lane_path(folder: Path) -> str:
    """Make the package that lanes and their workers import as `execbench`; return the first entry of their PYTHONPATH.

    It consists of the protocol, the lane, and the files of the backends and workloads. As it comes first, it takes
    precedence over an installed execbench, and nothing else that the parent has installed gets onto the path. The
    larger parts point to the installed files, so that tracebacks name those files and their bytecode is used.
    """
    if os.pathsep in os.fspath(folder):
        raise BadInput(f"the temporary folder {folder} has {os.pathsep!r} in its name: set TMPDIR to another one")
    package = folder / "path" / "execbench"
    package.mkdir(parents=True)
    for name, source in (("__init__.py", "__init__.py"), ("protocol.py", "protocol.py"), ("api.py", "lane/no_api.py")):
        package.joinpath(name).write_bytes(resources.files("execbench").joinpath(source).read_bytes())
    for name in ("lane", "backends", "workloads"):
        spec = importlib.util.find_spec(f"execbench.{name}")
        assert spec is not None
        assert spec.submodule_search_locations is not None
        folders = [os.path.abspath(location) for location in spec.submodule_search_locations]
        package.joinpath(name).mkdir()
        package.joinpath(name, "__init__.py").write_text(f"__path__ = {folders!a}\n", encoding="ascii")
    return os.fspath(package.parent)
