"""Which commit made a trial slower: commits between two ends, raced against both of them in the same heats."""

import math
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from execbench.comparison import compare
from execbench.comparison.sides import read_sides
from execbench.comparison.verdicts import Judged
from execbench.errors import BadInput
from execbench.stats import Interval
from execbench.supervisor.git import GitFailed, git, line

GOOD, MIDDLE, BAD = "good", "middle", "bad"

_SHOWN = 2000
"""The last letters of what a failed command printed."""


@dataclass(frozen=True)
class Plan:
    """What to race, and how."""

    repository: Path
    arguments: Sequence[str]
    """Of `execbench run`: the trials, and how long to race."""
    python: str = sys.executable
    """The interpreter; a path that is not absolute may lie in the checkout, once it is built."""
    build: str | None = None
    """A shell command that makes a checkout ready."""
    sources: str = "."
    """Where modules are imported from in a checkout."""
    trial: str | None = None
    """The trial to follow; None for the one that became slowest."""


@dataclass(frozen=True)
class Outcome:
    """What a search came to."""

    left: Sequence[str]
    """The commits from the last that is as fast as the good end to the first that is as slow as the bad one."""
    trial: str
    ratio: Interval
    """How many times as long the trial takes at the bad end."""

    @property
    def culprit(self) -> str | None:
        """The commit that made it slower; None where the races could not tell."""
        return self.left[1] if len(self.left) == 2 else None


def between(repository: Path, good: str, bad: str) -> list[str]:
    """Return the commits from one to another by first parents; BadInput if one does not lead to the other."""
    try:
        first, last = (line(repository, "rev-parse", "--verify", f"{end}^{{commit}}") for end in (good, bad))
    except GitFailed as error:
        raise BadInput(f"{good}, {bad}: {error}") from None
    after = line(repository, "rev-list", "--first-parent", "--reverse", last, f"^{first}").split()
    parents = line(repository, "rev-parse", f"{after[0]}^").split() if after else []
    if parents != [first]:
        raise BadInput(f"{good} is not among the first parents of {bad}: give two commits of one line")
    return [first, *after]


def bisect(plan: Plan, commits: Sequence[str], say: Callable[[str], None]) -> Outcome | None:
    """Halve the commits until two neighbours are left, or the races cannot tell; None if the bad end is not slower."""
    with _Checkouts.opened(plan) as checkouts:
        say(f"racing {commits[0][:12]} and {commits[-1][:12]}")
        ends = _race(plan, {GOOD: checkouts.of(commits[0]), BAD: checkouts.of(commits[-1])}, (BAD,))[BAD]
        slowest = _slowest(ends, plan.trial)
        if slowest is None or slowest.interval is None:
            return None
        left, unfit = list(commits), set[str]()
        while (middle := _middle(left, unfit)) is not None:
            commit = left[middle]
            say(f"commits left: {len(left) - 2}; racing {commit[:12]}")
            try:
                sides = {GOOD: checkouts.of(commits[0]), MIDDLE: checkouts.of(commit), BAD: checkouts.of(commits[-1])}
                raced = _race(plan, sides, (MIDDLE, BAD))
                slow = _is_slow(*(_of_trial(raced[name], slowest.id) for name in (MIDDLE, BAD)))
            except BadInput as error:  # both ends can be raced, so a neighbour may be, too
                say(f"{commit[:12]} is left out: {error}")
                unfit.add(commit)
                continue
            if slow is None:
                say(f"{commit[:12]} lies too near the middle between both ends to tell: race longer")
                break
            say(f"{commit[:12]} is {'slow' if slow else 'fast'}")
            left = left[: middle + 1] if slow else left[middle:]
        return Outcome(left, slowest.id, slowest.interval)


def _middle(left: Sequence[str], unfit: Container[str]) -> int | None:
    """Return which commit between both ends to race next; None if there is none that can be raced."""
    between_ends = [place for place in range(1, len(left) - 1) if left[place] not in unfit]
    return min(between_ends, key=lambda place: abs(place - len(left) // 2), default=None)


def _slowest(trials: Sequence[Judged], wanted: str | None) -> Judged | None:
    """Return the trial that became slowest, or the one that is wanted if it became slower."""
    if wanted is not None and wanted not in {trial.id for trial in trials}:
        raise BadInput(f"there is no trial {wanted}: raced were {', '.join(trial.id for trial in trials)}")
    slower = [trial for trial in trials if trial.verdict == "slower" and wanted in (None, trial.id)]
    return max(slower, key=lambda trial: trial.interval.estimate if trial.interval else 0.0, default=None)


def _is_slow(middle: Interval, bad: Interval) -> bool | None:
    """Return whether a commit is nearer to the bad end than to the good one; None if its interval holds the middle."""
    halfway = math.sqrt(bad.estimate)
    return middle.low > halfway if middle.excludes(halfway) else None


def _of_trial(trials: Sequence[Judged], id_: str) -> Interval:
    found = next((trial.interval for trial in trials if trial.id == id_), None)
    if found is None:
        raise BadInput(f"{id_} failed at one of the commits")
    return found


class _Checkouts:
    """Checkouts of commits in a temporary folder, each made and built once."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan, self._folder = plan, folder

    @classmethod
    @contextmanager
    def opened(cls, plan: Plan) -> Iterator["_Checkouts"]:
        """Remove all of them in the end."""
        with tempfile.TemporaryDirectory(prefix="execbench-bisect-") as folder:
            yield cls(plan, Path(folder))

    def of(self, commit: str) -> Path:
        """Return the checkout of a commit; BadInput if it cannot be built."""
        folder = self._folder / commit
        if not folder.exists():
            repository = line(self._plan.repository, "rev-parse", "--show-toplevel")
            git(self._folder, "clone", "--quiet", "--shared", "--no-checkout", repository, str(folder))
            git(folder, "checkout", "--quiet", "--detach", commit)
            self._build(folder, commit)
        return folder

    def _build(self, folder: Path, commit: str) -> None:
        if self._plan.build is None:
            return
        done = subprocess.run(self._plan.build, shell=True, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BadInput(f"{commit[:12]} cannot be built: {(done.stdout + done.stderr)[-_SHOWN:].strip()}")


def _race(plan: Plan, checkouts: dict[str, Path], against: Sequence[str]) -> dict[str, Sequence[Judged]]:
    """Race checkouts in the same heats, and compare some of them with the good one."""
    with tempfile.TemporaryDirectory(prefix="execbench-bisect-") as folder:
        artifact = Path(folder, "run.json")
        pythons = [_python(plan, name, checkout) for name, checkout in checkouts.items()]
        options = [word for python in pythons for word in ("--python", python)]
        command = [sys.executable, "-m", "execbench", "run", *plan.arguments, *options, "--json", str(artifact)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if not artifact.exists():
            raise BadInput(f"the race failed: {done.stderr[-_SHOWN:].strip().removeprefix('execbench: ')}")
        return {name: compare(*read_sides(f"{artifact}::{GOOD}", f"{artifact}::{name}")).trials for name in against}


def _python(plan: Plan, name: str, checkout: Path) -> str:
    """Return an interpreter that imports what is in a checkout, as `execbench run --python` takes it."""
    own = checkout / plan.python
    program = own if own.exists() else plan.python
    return f"{name}={shlex.quote(str(program))} env {shlex.quote(f'PYTHONPATH={checkout / plan.sources}')}"
