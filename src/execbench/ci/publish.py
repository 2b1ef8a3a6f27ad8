"""Publishing what a comparison found: first what cannot fail, then what a server must agree to."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from execbench.ci.client import Refused, persistently
from execbench.ci.comment import as_comment, check, headline
from execbench.ci.event import Event, read_event
from execbench.ci.github import GitHub
from execbench.ci.gitlab import GitLab
from execbench.ci.hosts import Host, put_comment
from execbench.ci.records import Folder, Outcome

Say = Callable[[str], object]
Wait = Callable[[float], object]


def latest(folder: Folder) -> list[Folder]:
    """Return the folders to publish: of each name the latest, as a job that was run again leaves several."""
    by_name = {}
    for found in sorted(folder.outcomes(), key=lambda each: each.load(Outcome).begun):
        by_name[found.load(Outcome).name] = found
    return list(by_name.values())


def publish(folder: Folder, report: str, environment: Mapping[str, str], say: Say, wait: Wait = time.sleep) -> Outcome:
    """Publish the outcome in a folder, and return it.

    The summary and the outputs come first. A server that refuses or does not answer is said there, and fails nothing.

    Args:
        folder: of one comparison.
        report: the address of the report; empty where there is none.
        environment: the variables of the job.
        say: tells what is happening.
        wait: waits for some seconds between tries.
    """
    outcome, event = folder.load(Outcome), read_event(environment)
    text, summary = as_comment(outcome, report), environment.get("GITHUB_STEP_SUMMARY")
    say(headline(outcome))
    _append(summary, text)
    _append(environment.get("GITHUB_OUTPUT"), _outputs(folder, outcome))

    def told(message: str) -> None:
        say(message)
        _append(summary, f"\n{message}\n")

    host = _host(environment, event)
    if host is None:
        told("Nothing is posted: there is no GITHUB_TOKEN (GitLab: GITLAB_TOKEN) in the environment of this step.")
        return outcome
    if address := _tried("the comment", host.comment_right, partial(_comment, host, outcome, text, wait), told):
        say(f"The comment is {address}")
        _append(environment.get("GITHUB_OUTPUT"), f"comment={address}\n")
    if isinstance(host, GitHub):
        content = check(outcome, _checked(environment, event, outcome))
        _tried("the check", "checks: write", partial(persistently, partial(host.check, content), wait), told)
    return outcome


def _host(environment: Mapping[str, str], event: Event) -> Host | None:
    if environment.get("GITLAB_CI"):
        return GitLab(environment, event) if environment.get("GITLAB_TOKEN") else None
    return GitHub(environment, event) if environment.get("GITHUB_TOKEN") else None


def _tried(what: str, right: str, act: Callable[[], str], told: Say) -> str:
    try:
        return act()
    except Refused as refusal:
        hint = f" The token needs {right}; a fork's pull request never has it." if refusal.denied else ""
        told(f"{what.capitalize()} could not be written: {refusal}.{hint}")
        return ""


def _comment(host: Host, outcome: Outcome, text: str, wait: Wait) -> str:
    number = persistently(host.request, wait)
    if number is None:
        return ""
    marker = f"<!-- execbench: {outcome.name} -->"
    # As a whole, so that a comment whose answer got lost is found, rather than written twice.
    return persistently(partial(put_comment, host, number, marker, text), wait)


def _checked(environment: Mapping[str, str], event: Event, outcome: Outcome) -> str:
    """Return the commit that a check belongs to: the tip of the change, not the merge commit that was raced."""
    if event.pull_request is not None:
        return event.pull_request.head.sha
    if event.workflow_run is not None:
        return event.workflow_run.head_sha
    return environment.get("GITHUB_SHA") or outcome.head


def _outputs(folder: Folder, outcome: Outcome) -> str:
    counts = {kind: outcome.count(kind) for kind in ("slower", "faster", "unclear")}
    made = {"json": folder.comparison, "artifact": folder.artifact}
    values = {"verdict": outcome.verdict, **counts, **{name: path for name, path in made.items() if path.exists()}}
    return "".join(f"{name}={value}\n" for name, value in values.items())


def _append(path: str | None, text: str) -> None:
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)
