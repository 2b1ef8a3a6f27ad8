"""Which commit a change is compared with: what it was merged into, so that nobody is blamed for others' commits."""

from execbench.ci.event import Event, PullRequest
from execbench.ci.records import Base
from execbench.ci.repository import Repository
from execbench.supervisor.git import GitFailed


def find_base(repository: Repository, event: Event, given: str = "") -> Base:
    """Find the commit to compare with, and have it fetched.

    Args:
        repository: the checkout of the head.
        event: what started the job.
        given: the commit that a user wants instead.

    Raises:
        GitFailed: the given commit, or the target's branch, cannot be had.
    """
    if given:
        return Base(repository.commit(given), "as given")
    head = repository.commit("HEAD")
    if event.pull_request is not None:
        return _of_pull_request(repository, head, event.pull_request)
    if event.before is not None:
        return _of_push(repository, head, event.before, event.repository.default_branch)
    return _parent(repository, head, "the commit before")


def _of_pull_request(repository: Repository, head: str, request: PullRequest) -> Base:
    parents = repository.parents(head)
    if len(parents) == 2 and head != request.head.sha:
        return Base(repository.commit(parents[0]), "the first parent of the merge commit")
    target = repository.fetch_branch(request.base.ref)
    return Base(repository.merge_base(target, head), f"where it parted from {request.base.ref}")


def _of_push(repository: Repository, head: str, before: str, default: str) -> Base:
    if not before.strip("0"):
        parted = repository.merge_base(repository.fetch_branch(default), head)
        return _unless_head(repository, head, Base(parted, f"where the new branch parted from {default}"))
    try:
        parted = repository.merge_base(repository.commit(before), head)
    except GitFailed:  # the server has forgotten it, or the push replaced all of the history
        return _parent(repository, head, "the commit before, as what the push replaced cannot be had")
    pushed = parted == before
    why = "the commit before the push" if pushed else f"where the push replaced {before[:12]}"
    return _unless_head(repository, head, Base(parted, why))


def _unless_head(repository: Repository, head: str, base: Base) -> Base:
    return base if base.commit != head else _parent(repository, head, "the commit before")


def _parent(repository: Repository, head: str, why: str) -> Base:
    parents = repository.parents(head)
    if not parents:
        return Base("", f"{head[:12]} is the first commit: there is nothing to compare it with")
    return Base(repository.commit(parents[0]), why)
