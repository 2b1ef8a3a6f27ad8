"""What a host of repositories can do for us: the part of publishing that GitHub and GitLab have in common."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Comment:
    """A comment on a pull request, or a note on a merge request."""

    id: int
    url: str
    body: str
    author: str


class Host(Protocol):
    """Where pull requests and their comments are."""

    comment_right: str
    """What the token needs to write a comment."""

    def request(self) -> int | None:
        """Return the number of the pull request; None where the job is for none."""

    def me(self) -> str:
        """Return the name that the token writes under."""

    def comments(self, number: int) -> list[Comment]:
        """Return the comments of a pull request."""

    def write(self, number: int, body: str) -> str:
        """Write a comment, and return its address."""

    def rewrite(self, number: int, comment: int, body: str) -> str:
        """Replace a comment's text, and return its address."""


def put_comment(host: Host, number: int, marker: str, body: str) -> str:
    """Write a comment, or replace the one that an earlier job has written; return its address.

    A comment of somebody else is left alone, even where it holds our marker.
    """
    me = host.me()
    ours = [comment for comment in host.comments(number) if comment.author == me and comment.body.startswith(marker)]
    if ours:
        return host.rewrite(number, ours[0].id, f"{marker}\n{body}")
    return host.write(number, f"{marker}\n{body}")
