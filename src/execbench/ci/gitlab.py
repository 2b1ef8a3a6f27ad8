"""GitLab: notes on merge requests."""

import urllib.parse
from collections.abc import Mapping

import msgspec

from execbench.ci.client import Client
from execbench.ci.event import Event
from execbench.ci.hosts import Comment
from execbench.errors import BadInput


class _User(msgspec.Struct, frozen=True):
    username: str = ""


class _Note(msgspec.Struct, frozen=True):
    id: int
    body: str = ""
    author: _User = _User()


class GitLab:
    """A project on GitLab, as a project's access token may use it."""

    comment_right = "the scope `api`, in the variable GITLAB_TOKEN"

    def __init__(self, environment: Mapping[str, str], event: Event) -> None:
        headers = {"PRIVATE-TOKEN": environment.get("GITLAB_TOKEN", "")}
        self._client = Client(environment.get("CI_API_V4_URL", "https://gitlab.com/api/v4"), headers)
        project = environment.get("CI_PROJECT_ID", "")
        if not project:
            raise BadInput("CI_PROJECT_ID is not set: GitLab sets it in its pipelines")
        self._project = f"/projects/{urllib.parse.quote(project, safe='')}"
        self._page = environment.get("CI_PROJECT_URL", "")
        self._event = event

    def request(self) -> int | None:
        """Return the number of the merge request; None where the pipeline is for none."""
        return self._event.pull_request.number if self._event.pull_request else None

    def me(self) -> str:
        """Return the name that the token writes under."""
        return self._client.get("/user", _User).username

    def comments(self, number: int) -> list[Comment]:
        """Return the notes of a merge request."""
        found = self._client.pages(f"{self._notes(number)}?per_page=100", list[_Note])
        return [Comment(note.id, self._url(number, note.id), note.body, note.author.username) for note in found]

    def write(self, number: int, body: str) -> str:
        """Write a note, and return its address."""
        note = self._client.send("POST", self._notes(number), {"body": body}, _Note)
        return self._url(number, note.id)

    def rewrite(self, number: int, comment: int, body: str) -> str:
        """Replace a note's text, and return its address."""
        self._client.send("PUT", f"{self._notes(number)}/{comment}", {"body": body}, _Note)
        return self._url(number, comment)

    def _notes(self, number: int) -> str:
        return f"{self._project}/merge_requests/{number}/notes"

    def _url(self, number: int, note: int) -> str:
        return f"{self._page}/-/merge_requests/{number}#note_{note}"
