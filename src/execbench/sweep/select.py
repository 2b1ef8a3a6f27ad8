"""From what a user wrote to what is swept: a workload with the option that makes its tasks longer, and backends."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from execbench.errors import BadInput
from execbench.plugins.select import Request, select
from execbench.plugins.trial import BASELINE, Choice
from execbench.supervisor.lane import Nursery
from execbench.sweep.load import Grain

_FORM = re.compile(r"(?P<workload>[^\[\]]+)\[(?P<options>[^\[\]]+)\]")


@dataclass(frozen=True)
class Chosen:
    """What is swept, and what was left out of it, with the reasons."""

    grain: Grain
    size: int
    """The workload's own number of tasks."""
    backends: Sequence[Choice]
    serial: Choice
    left_out: Sequence[str]


def choose(nursery: Nursery, grain: str, backends: Sequence[str]) -> Chosen:
    """Find and describe what a user asked for; without backends, all that work here but the serial loop.

    Raises:
        BadInput: a name or an option cannot be used, the grain is no whole number, or nothing is left.
    """
    workload, option = _apart(grain)
    selection = select(nursery, Request(backends, [workload], max_workers=(1,)))
    taken, size = selection.trials[0].workload, selection.trials[0].default_size
    if option not in taken.options:
        raise BadInput(f"{grain!r}: there is no option {option!r}, but: {', '.join(taken.options) or 'none'}")
    if type(taken.options[option]) is not int:
        raise BadInput(f"{grain!r}: the option {option!r} is not a whole number, which the grain must be")
    serial = [trial.backend for trial in selection.trials if trial.is_baseline]
    others = [trial.backend for trial in selection.trials if not trial.is_baseline]
    if not (serial and others):
        reasons = "; ".join(selection.left_out)
        raise BadInput(f"name a backend other than {BASELINE!r}, which others are compared with. {reasons}".strip())
    return Chosen(Grain(taken, option), size, others, serial[0], selection.left_out)


def _apart(grain: str) -> tuple[str, str]:
    """Return the workload as it is written elsewhere, and the option that is the grain."""
    match = _FORM.fullmatch(grain.strip())
    parts = [part.strip() for part in match["options"].split(",")] if match else []
    bare = [part for part in parts if "=" not in part]
    if match is None or len(bare) != 1 or not bare[0]:
        raise BadInput(
            f"{grain!r} is not of the form workload[option]: the one option without a value makes the tasks longer; "
            f"others may have one, as in workload[option,other=5]"
        )
    return f"{match['workload']}[{','.join(part for part in parts if '=' in part)}]", bare[0]
