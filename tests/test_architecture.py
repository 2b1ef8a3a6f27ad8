"""Which modules may import which, and what must stay small."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "execbench"


def test_contracts_are_kept() -> None:
    """Imports only go down the layers in pyproject.toml, in the package and inside its packages."""
    command = [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout
    assert "0 broken" in finished.stdout


@pytest.mark.parametrize("folder", ["backends", "workloads"])
def test_catalogue_stands_alone(folder: str) -> None:
    """No backend or workload imports another, or anything of the framework except its root."""
    for file in (ROOT / folder).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("execbench"):
                assert node.module == "execbench", file.name
            assert not (isinstance(node, ast.ImportFrom) and node.level), file.name


def test_root_has_few_modules() -> None:
    """Besides its packages, the root has at most 8 modules, so that a reader can take it in at a glance."""
    assert len([file for file in SOURCE.glob("*.py") if not file.name.startswith("__")]) <= 8


def test_modules_are_short() -> None:
    """No module of the framework has more than 300 lines."""
    assert [file.name for file in SOURCE.rglob("*.py") if file.read_text().count("\n") > 300] == []


def test_only_cli_prints() -> None:
    """Only the command line prints."""
    for file in SOURCE.rglob("*.py"):
        if "cli" not in file.parts:
            calls = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
            assert not [call for call in calls if getattr(call.func, "id", "") == "print"], file.name


@pytest.mark.parametrize("module", ["execbench", "execbench.lane.__main__", "execbench.lane.session"])
def test_lane_imports_only_the_standard_library(module: str) -> None:
    """Lanes and workers load only the standard library and the lane's own files."""
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
    """`execbench --help` loads no large library, which keeps it fast."""
    program = "import sys; from execbench.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    program += "print({'rich', 'numpy', 'pytest', 'psutil', 'msgspec', 'jinja2'} & set(sys.modules))"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert finished.stdout.splitlines()[-1] == "set()"
