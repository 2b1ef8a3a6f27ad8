"""An environment for each side that holds the project alone: what execbench needs could change what is measured."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from execbench.ci.records import Base, Folder, Sides, clipped
from execbench.ci.repository import Repository

Say = Callable[[str], object]

_SECONDS = 1_800


class Unbuildable(Exception):
    """A side cannot be built: the message says why."""


def build(folder: Folder, repository: Repository, project: Path, install: Sequence[str], say: Say) -> Sides:
    """Check the base out, and install both sides; a side that cannot be built is said in the record.

    Args:
        folder: where the base and the environments go.
        repository: the checkout of the head.
        project: where the project is in it, relative to its root.
        install: what to install of the project, as pip takes it.
        say: tells what is happening.
    """
    base = folder.load(Base)
    if not base.commit:
        return Sides(problem=f"No base: {base.why}.")
    repository.check_out(base.commit, folder.checkout)
    built: dict[str, str] = {}
    for side, root in (("base", folder.checkout), ("head", repository.root)):
        say(f"building the {side}: {' '.join(install)}")
        try:
            built[side] = _installed(folder.path / f"environment-{side}", root / project, install, say)
        except Unbuildable as error:
            return Sides(**built, problem=clipped(f"The {side} cannot be built: {error}"))
    return Sides(**built)


def _installed(environment: Path, project: Path, install: Sequence[str], say: Say) -> str:
    if not project.is_dir():
        raise Unbuildable(f"there is no folder {project.name!r} in it")
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if uv := shutil.which("uv"):
        _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, environment], project, say)
        _run([uv, "pip", "install", "--quiet", "--python", python, *install], project, say)
    else:
        _run([sys.executable, "-m", "venv", "--clear", "--without-pip", environment], project, say)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python"]
        _run([*pip, python, "install", "--quiet", *install], project, say)
    return os.fspath(python)


def _run(command: Sequence[str | Path], project: Path, say: Say) -> None:
    try:
        finished = subprocess.run(
            command, cwd=project, capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Unbuildable(f"it takes longer than {_SECONDS // 60} minutes") from error
    if finished.returncode:
        said = (finished.stdout + finished.stderr).strip()
        say(said)
        raise Unbuildable(_reason(said.splitlines()) or f"exit code {finished.returncode}")


def _reason(lines: Sequence[str]) -> str:
    """Return the last line that names an error, or the last of all; the log has the rest."""
    named = [line.strip() for line in lines if "error" in line.lower()]
    return ([line.strip() for line in lines] + named)[-1] if lines else ""
