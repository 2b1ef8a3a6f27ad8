"""The plan's floors: who may import whom, and what stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "execbench"

FLOORS = [
    {"__main__"},
    {"cli", "pytest_plugin"},
    {"running"},
    {"report"},
    {"compare", "conformance"},
    {"race", "sweep"},
    {"entrant"},
    {"selection", "artifact", "journal", "scaling", "crossing"},
    {"record"},
    {"doubts", "lane", "guard", "stopping"},
    {"trial"},
    {"registry", "stats", "trace", "usage", "environment", "settings"},
    {"protocol", "errors", "version"},
]
"""From the roof to the ground; a part may import what stands on a lower floor, and its own package."""


def _parts() -> list[str]:
    names = [path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    return sorted(name for name in names if name != "__init__")


def _files(part: str) -> list[Path]:
    return sorted((SOURCE / part).rglob("*.py")) or [SOURCE / f"{part}.py"]


def _imported_parts(file: Path) -> set[str]:
    """The parts of execbench that a file imports, at its top or in its functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "execbench":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name.split(".")[1] if name.startswith("execbench.") else name for name in found} & set(_parts())


def _floor(part: str) -> int:
    return next(number for number, floor in enumerate(FLOORS) if part in floor)


@pytest.mark.parametrize("part", _parts())
def test_imports_go_downward_only(part: str) -> None:
    """A part of the framework imports lower floors only."""
    for file in _files(part):
        for imported in _imported_parts(file) - {part}:
            assert _floor(imported) > _floor(part), f"{file.name} imports {imported}"


@pytest.mark.parametrize("folder", ["backends", "workloads"])
def test_catalogue_stands_alone(folder: str) -> None:
    """No backend or workload imports another, nor anything of the framework but its root."""
    for file in (ROOT / folder).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("execbench"):
                assert node.module == "execbench", file.name
            assert not (isinstance(node, ast.ImportFrom) and node.level), file.name


def test_framework_names_no_plugin() -> None:
    """The framework knows no workload and no backend by name, but for the baseline."""
    plugins = {file.stem for folder in ("backends", "workloads") for file in (ROOT / folder).glob("*.py")}
    for file in SOURCE.rglob("*.py"):
        tree = ast.parse(file.read_text())
        words = {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert words & (plugins - {"__init__"}) <= {"serial"}, file.name


def test_modules_are_short() -> None:
    """No module of the framework outgrows one subject."""
    assert [file.name for file in SOURCE.rglob("*.py") if file.read_text().count("\n") > 300] == []


def test_only_cli_prints() -> None:
    """Nothing but the command line prints."""
    for file in SOURCE.rglob("*.py"):
        if "cli" not in file.parts:
            calls = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
            assert not [call for call in calls if getattr(call.func, "id", "") == "print"], file.name


@pytest.mark.parametrize("module", ["execbench", "execbench.lane.__main__", "execbench.lane.session"])
def test_lane_imports_the_standard_library_only(module: str) -> None:
    """A lane, and a worker, imports nothing but the standard library and execbench's ground floor."""
    program = f"""
import sys, importlib
before = set(sys.modules)
importlib.import_module({module!r})
outside = {{name.partition(".")[0] for name in set(sys.modules) - before}} - set(sys.stdlib_module_names)
print(*sorted(outside))
"""
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert finished.stdout.split() == ["execbench"]


def test_help_imports_little() -> None:
    """`execbench --help` loads neither rich nor NumPy nor pytest, which is what keeps it quick."""
    program = "import sys; from execbench.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    program += "print({'rich', 'numpy', 'pytest', 'psutil', 'scipy', 'jsonschema'} & set(sys.modules))"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert finished.stdout.splitlines()[-1] == "set()"


def test_every_package_is_installed() -> None:
    """Packaging names every package of the framework, so that an installed one lacks nothing."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = {file.parent for file in SOURCE.rglob("__init__.py")}
    packages = {".".join(folder.relative_to(SOURCE.parent).parts) for folder in folders}
    assert set(settings["packages"]) == packages | {"execbench.backends", "execbench.workloads"}
