"""The repository of a job: what a shallow clone lacks is fetched as it is needed."""

import base64
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from execbench.supervisor.git import GitFailed, line

DEPTHS = (50, 500, 5_000)
"""By how many commits a shallow history is deepened, one after another, before all of it is fetched."""


class Repository:
    """A checkout, and the remote that it was cloned from."""

    def __init__(self, folder: Path, environment: Mapping[str, str] = os.environ) -> None:
        self._folder = folder
        self._environment = dict(environment)
        self.root = Path(self.git("rev-parse", "--show-toplevel"))
        self._remote = next(iter(self.git("remote").splitlines()), "")
        self._environment |= self._login()

    def git(self, *arguments: str) -> str:
        """Return what a git command prints; GitFailed if it fails."""
        return line(self._folder, *arguments, environment=self._environment)

    def commit(self, revision: str) -> str:
        """Return the full name of a commit, fetched if need be; GitFailed if there is none."""
        wanted = f"{revision}^{{commit}}"
        try:
            return self.git("rev-parse", "--verify", "--quiet", "--end-of-options", wanted)
        except GitFailed:
            return self._fetched(revision)

    def parents(self, commit: str) -> list[str]:
        """Return a commit's parents, as it names them itself: a shallow clone would hide them."""
        header, _, _ = self.git("cat-file", "commit", commit).partition("\n\n")
        return re.findall(r"^parent (\w+)$", header, re.MULTILINE)

    def merge_base(self, one: str, other: str) -> str:
        """Return where two commits parted, deepening a shallow history until found; GitFailed if they never met."""
        for depth in (*DEPTHS, None):
            with suppress(GitFailed):
                return self.git("merge-base", one, other)
            if not self._is_shallow():
                break
            self._deepen(depth, one, other)
        try:
            return self.git("merge-base", one, other)
        except GitFailed as error:
            raise GitFailed(f"{one[:12]} and {other[:12]} have no commit in common") from error

    def fetch_branch(self, branch: str) -> str:
        """Fetch the tip of a branch of the remote, and return its commit."""
        self._fetch(f"refs/heads/{branch}", *self._shallow_by(1))
        return self.git("rev-parse", "FETCH_HEAD")

    def check_out(self, commit: str, folder: Path) -> None:
        """Check a commit out in a folder beside this checkout, in place of what was checked out there before.

        It gets its submodules if this checkout has any.
        """
        with suppress(GitFailed):
            self.git("worktree", "remove", "--force", os.fspath(folder))
        self.git("worktree", "add", "--detach", "--force", os.fspath(folder), commit)
        if self._configures(r"^submodule\."):
            submodules = ("submodule", "update", "--quiet", "--init", "--recursive", *self._shallow_by(1))
            line(folder, *submodules, environment=self._environment)

    def files(self) -> list[str]:
        """Return the files of the repository, relative to its root."""
        return [name for name in self.git("ls-files", "--full-name", "-z", ":/").split("\0") if name]

    def renamed(self, base: str) -> dict[str, str]:
        """Return the names that files had in another commit, by the names that they have now."""
        told = self.git("diff", "--name-status", "-z", "--find-renames", "--diff-filter=R", base, "HEAD").split("\0")
        return dict(zip(told[2::3], told[1::3], strict=False))

    def _fetched(self, revision: str) -> str:
        self._fetch(revision, *self._shallow_by(1))
        return self.git("rev-parse", "FETCH_HEAD^{commit}")

    def _fetch(self, *arguments: str) -> None:
        if not self._remote:
            raise GitFailed(f"{arguments[0]} is not in this repository, which has no remote to fetch it from")
        self.git("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", self._remote, *arguments)

    def _deepen(self, depth: int | None, *commits: str) -> None:
        self._fetch(*commits, "--unshallow" if depth is None else f"--deepen={depth}")

    def _is_shallow(self) -> bool:
        return self.git("rev-parse", "--is-shallow-repository") == "true"

    def _shallow_by(self, depth: int) -> Sequence[str]:
        """Keep a shallow clone shallow, and let a full one stay full."""
        return [f"--depth={depth}"] if self._is_shallow() else []

    def _login(self) -> Mapping[str, str]:
        """Let git fetch with the job's token where the checkout left none; it is never on a command line."""
        server, token = self._environment.get("GITHUB_SERVER_URL", ""), self._environment.get("GITHUB_TOKEN", "")
        if not (server and token and self._remote):
            return {}
        key = f"http.{server}/.extraheader"
        if not self.git("remote", "get-url", self._remote).startswith(server) or self._configures(key):
            return {}
        login = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        return {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": key, "GIT_CONFIG_VALUE_0": f"AUTHORIZATION: basic {login}"}

    def _configures(self, pattern: str) -> bool:
        try:
            return bool(self.git("config", "--get-regexp", pattern))
        except GitFailed:
            return False
