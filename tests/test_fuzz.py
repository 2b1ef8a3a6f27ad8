"""Damaged files and signals at random moments; `python -m tests.fuzz` goes on where these tests end."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.sound import SOUND
from tests.fuzz.storm import SIGNALS, storm

ROOT = Path(__file__).parent.parent


def test_damaged_files() -> None:
    """Each of 60 damaged files is read, or refused in words, in seconds and in little memory."""
    count = str(60 // len(SOUND))
    command = [sys.executable, "-m", "tests.fuzz", "files", count]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=280)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "fault" not in finished.stdout


@pytest.mark.parametrize("tool", ["execbench", pytest.param("pytest", marks=pytest.mark.slow)])
def test_storm(tmp_path: Path, tool: str) -> None:
    """A run that is stopped by signals at random moments, and resumed, loses no finished race and leaves nothing."""
    storm(tool, tmp_path, random.Random(tool), SIGNALS, strokes=3)
