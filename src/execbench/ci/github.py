"""GitHub: comments on pull requests, and checks with annotations."""

import urllib.parse
from collections.abc import Mapping
from typing import Any

import msgspec

from execbench.ci.client import Client, Refused
from execbench.ci.event import Event
from execbench.ci.hosts import Comment
from execbench.errors import BadInput


class _User(msgspec.Struct, frozen=True):
    login: str = ""


class _Comment(msgspec.Struct, frozen=True):
    id: int
    html_url: str = ""
    body: str | None = ""
    user: _User | None = None


class _Viewer(msgspec.Struct, frozen=True):
    viewer: _User


class _Answer(msgspec.Struct, frozen=True):
    data: _Viewer | None = None


class _Repository(msgspec.Struct, frozen=True):
    full_name: str = ""


class _Head(msgspec.Struct, frozen=True):
    sha: str
    repo: _Repository | None = None


class _PullRequest(msgspec.Struct, frozen=True):
    number: int
    head: _Head


class _Check(msgspec.Struct, frozen=True):
    html_url: str | None = None


class GitHub:
    """A repository on GitHub, as the job's token may use it."""

    comment_right = "pull-requests: write"

    def __init__(self, environment: Mapping[str, str], event: Event) -> None:
        token = environment.get("GITHUB_TOKEN", "")
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
        self._client = Client(environment.get("GITHUB_API_URL", "https://api.github.com"), headers)
        self._repository = f"/repos/{_slug(environment.get('GITHUB_REPOSITORY', ''))}"
        self._event = event

    def request(self) -> int | None:
        """Return the number of the pull request; None where the job is for none.

        A workflow that another one's end has started asks GitHub for it: what that one says is not to be trusted.
        """
        if self._event.pull_request is not None:
            return self._event.pull_request.number
        run = self._event.workflow_run
        if run is None or run.head_repository is None:
            return None
        owner = run.head_repository.full_name.partition("/")[0]
        query = urllib.parse.urlencode({"state": "open", "head": f"{owner}:{run.head_branch}"})
        for found in self._client.get(f"{self._repository}/pulls?{query}", list[_PullRequest]):
            same = found.head.repo is not None and found.head.repo.full_name == run.head_repository.full_name
            if same and found.head.sha == run.head_sha:
                return found.number
        return None

    def me(self) -> str:
        """Return the name that the token writes under."""
        query = {"query": "{viewer{login}}"}
        answer = Client(_graphql(self._client.url), self._client.headers).send("POST", "", query, _Answer)
        if answer.data is None:
            raise Refused("GitHub does not say whose token this is")
        return answer.data.viewer.login

    def comments(self, number: int) -> list[Comment]:
        """Return the comments of a pull request."""
        path = f"{self._repository}/issues/{number}/comments?per_page=100"
        found = self._client.pages(path, list[_Comment])
        return [
            Comment(each.id, each.html_url, each.body or "", each.user.login if each.user else "") for each in found
        ]

    def write(self, number: int, body: str) -> str:
        """Write a comment, and return its address."""
        path = f"{self._repository}/issues/{number}/comments"
        return self._client.send("POST", path, {"body": body}, _Comment).html_url

    def rewrite(self, number: int, comment: int, body: str) -> str:
        """Replace a comment's text, and return its address."""
        path = f"{self._repository}/issues/comments/{comment}"
        return self._client.send("PATCH", path, {"body": body}, _Comment).html_url

    def check(self, content: Mapping[str, Any]) -> str:
        """Make a check of a commit, and return its address."""
        return self._client.send("POST", f"{self._repository}/check-runs", content, _Check).html_url or ""


def _slug(repository: str) -> str:
    if repository.count("/") != 1:
        raise BadInput(f"GITHUB_REPOSITORY={repository!r}: GitHub sets it to the owner and the name")
    return urllib.parse.quote(repository)


def _graphql(url: str) -> str:
    """Return where GraphQL is: beside the address of the other interface."""
    return f"{url.removesuffix('/v3')}/graphql"
