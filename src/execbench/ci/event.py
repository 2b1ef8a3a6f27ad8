"""What started the job, as GitHub's event file or GitLab's variables tell it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from execbench import files
from execbench.ci.records import Commit
from execbench.errors import BadInput
from execbench.records.decode import decode

Number: TypeAlias = Annotated[int, Meta(ge=1)]
Branch: TypeAlias = Annotated[str, Meta(pattern=r"^[^\x00-\x20~^:?*\[\\]+$", max_length=250)]


class Head(msgspec.Struct, frozen=True):
    """The tip of a pull request."""

    sha: Commit


class Target(msgspec.Struct, frozen=True):
    """The branch that a pull request is to be merged into."""

    ref: Branch


class PullRequest(msgspec.Struct, frozen=True):
    """A pull request, or a merge request of GitLab."""

    number: Number
    head: Head
    base: Target


class Named(msgspec.Struct, frozen=True):
    """A repository."""

    full_name: str = ""
    default_branch: Branch = "main"


class WorkflowRun(msgspec.Struct, frozen=True):
    """The run of another workflow, which has ended."""

    head_sha: Commit
    head_branch: str = ""
    head_repository: Named | None = None


class Event(msgspec.Struct, frozen=True):
    """What started the job."""

    pull_request: PullRequest | None = None
    before: Commit | None = None
    """The commit that a branch was at before a push; only zeros for a new branch."""
    repository: Named = Named()
    workflow_run: WorkflowRun | None = None


def read_event(environment: Mapping[str, str]) -> Event:
    """Read what started the job; outside of CI, nothing did."""
    if path := environment.get("GITHUB_EVENT_PATH"):
        try:
            return decode(files.read(Path(path)), Event, "an event of GitHub")
        except BadInput as error:
            raise BadInput(f"GITHUB_EVENT_PATH={path}: {error}") from error
    if environment.get("GITLAB_CI"):
        return _of_gitlab(environment)
    return Event()


def _of_gitlab(variables: Mapping[str, str]) -> Event:
    request = None
    if number := variables.get("CI_MERGE_REQUEST_IID"):
        head = variables.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or variables.get("CI_COMMIT_SHA", "")
        target = variables.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "")
        request = {"number": number, "head": {"sha": head}, "base": {"ref": target}}
    given = {
        "pull_request": request,
        "before": variables.get("CI_COMMIT_BEFORE_SHA"),
        "repository": {"default_branch": variables.get("CI_DEFAULT_BRANCH", "main")},
    }
    try:
        return msgspec.convert(given, Event, strict=False)
    except msgspec.ValidationError as error:
        raise BadInput(f"the variables of GitLab are not those of a pipeline: {error}") from error
