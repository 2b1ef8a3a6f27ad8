"""Which commit a run measured: what the artifact says, and what the repository here knows of it."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from execbench.errors import BadInput
from execbench.history.run import Commit, CommitId
from execbench.records.artifact import Artifact
from execbench.supervisor.git import git, line

_MAX_SUBJECT = 200


def commit_of(artifact: Artifact, given: str | None = None) -> Commit:
    """Return the commit that a run measured, or the one that is given; BadInput where nothing names one."""
    said = artifact.commit_info
    id_ = given or str(said.get("id") or "")
    if id_ in ("", "unversioned", "unknown"):
        raise BadInput("it does not say which commit it measured: give --commit")
    date = _utc(str(said.get("time") or artifact.datetime))
    commit = with_details(Commit(id_, date, dirty=bool(said.get("dirty")) and not given), Path())
    try:
        msgspec.convert(commit.id, CommitId)
    except msgspec.ValidationError:
        raise BadInput(f"{id_[:80]!r} is no commit of the repository here, and no full id of another one") from None
    return commit


def with_details(commit: Commit, folder: Path) -> Commit:
    """Add to a commit what the repository in a folder knows of it; without git, or without the commit, nothing."""
    try:
        id_, date = line(folder, "show", "--no-patch", "--format=%H %cI", f"{commit.id}^{{commit}}", "--").split()
        raw = git(folder, "cat-file", "commit", id_).decode(errors="replace")  # has the parents in a shallow clone, too
    except BadInput:
        return commit
    head, _, message = raw.partition("\n\n")
    parents = [each.removeprefix("parent ") for each in head.splitlines() if each.startswith("parent ")]
    subject = (message.splitlines() or [""])[0][:_MAX_SUBJECT]
    return replace(commit, id=id_, date=_utc(date), subject=subject, parents=parents)


def _utc(date: str) -> str:
    """Return a date in UTC, so that dates sort as texts; an empty text for what is none."""
    try:
        moment = datetime.fromisoformat(date)
    except ValueError:
        return ""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat(timespec="seconds")
