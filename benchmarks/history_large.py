"""How large a history of 1,000 commits with 100 trials each is, and how long it takes to add to it and to show it.

    python benchmarks/history_large.py [FOLDER]

Targets: under 30 MB for the history, and for its site; a run added within 1 s, to a folder and to a bare repository;
the site built within 30 s, and the first chart of a page drawn within 1 s. All is kept if a folder is given.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import made_up
import report_large
from browser import CHROMIUM, Browser
from msgspec.structs import replace

from execbench.history import history
from execbench.history.excerpt import excerpt
from execbench.history.place import Folder
from execbench.history.run import Commit
from execbench.records import artifact, compose
from execbench.records.record import Record

COMMITS = 1_000
TRIALS = 100
RACE = 5
PAGES = 7
PACKAGES = {f"package-{number}": f"1.{number}.0" for number in range(100)}
START = datetime(2026, 1, 1, tzinfo=UTC)


def trials(numbers: random.Random) -> list[Record]:
    """Make up the trials of a run."""
    return [trial for number in range(TRIALS // RACE) for trial in report_large.race(number, RACE, numbers)]


def commit(number: int) -> Commit:
    """Make up a commit."""
    parents = [f"{number - 1:040x}"] if number else []
    date = (START + timedelta(hours=number)).isoformat()
    return Commit(f"{number:012x}" * 3 + "abcd", date, f"Change the {number}th thing of many", parents)


def run(number: int) -> bytes:
    """Make up the artifact of a commit."""
    numbers = random.Random(number)
    found = made_up.content(trials(numbers), replace(made_up.ENVIRONMENT, packages=PACKAGES))
    found["commit_info"] = {"id": commit(number).id}
    return compose.encode(found)


def seconds(act: Callable[[], object]) -> float:
    """Return how long something takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def execbench(*arguments: object) -> float:
    """Run a command, and return how long it takes."""
    command = [sys.executable, "-m", "execbench", *map(str, arguments)]
    return seconds(lambda: subprocess.run(command, check=True, capture_output=True))


def megabytes(folder: Path) -> float:
    """Return the size of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*")) / 1e6


def main() -> None:
    """Measure."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
        kept, site, bare, new = (folder / name for name in ("history", "site", "bare.git", "run.json"))
        for number in range(COMMITS):
            found = excerpt(artifact.parse(run(number)), commit(number))
            history.add(Folder(kept), found)
        print(f"{COMMITS:,} commits x {TRIALS} trials: {megabytes(kept):.1f} MB")
        new.write_bytes(run(COMMITS))
        print(f"added to the folder in {execbench('history', 'add', new, '--to', kept):.2f} s")
        subprocess.run(["git", "init", "--quiet", "--bare", bare], check=True)
        fill(bare, kept)
        print(f"added to a bare repository in {execbench('history', 'add', new, '--to', bare):.2f} s")
        print(f"shown in {execbench('history', 'show', kept):.1f} s")
        print(f"site built in {execbench('history', 'html', site, kept):.1f} s: {megabytes(site):.1f} MB, ", end="")
        print(f"its largest page {max(path.stat().st_size for path in site.glob('*.html')) / 1e6:.2f} MB")
        if CHROMIUM is not None:
            show(site, folder / "chromium")


def show(site: Path, folder: Path) -> None:
    """Open pages in a browser, and print how long it takes until the first chart is drawn."""
    folder.mkdir()
    with Browser(folder, height=900) as browser:
        for kind in ("trial", "commit"):
            pages = sorted(site.glob(f"{kind}-*.html"))[-PAGES:]
            times = []
            for page in pages:
                browser.forget()
                times.append(seconds(partial(browser.open, page, "some")))
            print(f"{PAGES} pages of a {kind} opened in {min(times):.2f} to {max(times):.2f} s each")


def fill(bare: Path, kept: Path) -> None:
    """Put all files of a folder but one into a branch, in one commit."""
    identity = ["-c", "user.name=x", "-c", "user.email=x@localhost"]
    tree = ["git", f"--git-dir={bare}", f"--work-tree={kept}", *identity]
    subprocess.run([*tree, "add", "."], check=True)
    subprocess.run([*tree, "rm", "--quiet", "--cached", f"{commit(COMMITS).short}*"], check=True)
    subprocess.run([*tree, "commit", "--quiet", "-m", "All"], check=True)
    subprocess.run([*tree, "branch", "execbench-history"], check=True)


if __name__ == "__main__":
    main()
