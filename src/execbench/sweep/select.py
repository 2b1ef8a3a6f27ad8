"""From what a user wrote to the plan of a sweep."""

import re
from collections.abc import Sequence

from execbench.errors import BadInput
from execbench.lane.messages import TaskSource
from execbench.plugins.baseline import BASELINE
from execbench.plugins.select import Request, select
from execbench.supervisor.lane import Nursery
from execbench.sweep.load import Load, SweepPlan

_FORM = re.compile(r"(?P<workload>[^\[\]]+)\[(?P<options>[^\[\]]+)\]")


def choose(nursery: Nursery, grain: str, backends: Sequence[str], tasks: TaskSource | None = None) -> SweepPlan:
    """Plan a sweep of these backends, or of all that work here; `grain` is a `workload[option]`.

    With `tasks`, the workload is a function, and the option an argument of the function that makes them.

    Raises:
        BadInput: a name or an option cannot be used, the grain is not a whole number, or nothing is left.
    """
    name, option = _split(grain)
    selection = select(nursery, Request(backends, [name], max_workers=(1,), tasks=tasks))
    workload, size = selection.trials[0].workload, selection.trials[0].default_size
    if option not in workload.options:
        raise BadInput(f"{grain!r}: there is no option {option!r}, but: {', '.join(workload.options) or 'none'}")
    if type(workload.options[option]) is not int:
        raise BadInput(f"{grain!r}: the option {option!r} is not a whole number, which the grain must be")
    serial = [trial.backend for trial in selection.trials if trial.is_baseline]
    others = [trial.backend for trial in selection.trials if not trial.is_baseline]
    if not (serial and others):
        reasons = "; ".join(selection.left_out)
        raise BadInput(f"name a backend other than {BASELINE!r}, which others are compared with. {reasons}".strip())
    return SweepPlan(workload, option, Load(size, workload.options[option]), others, serial[0], selection.left_out)


def _split(grain: str) -> tuple[str, str]:
    """Return the workload with its other options, and the option that is the grain."""
    match = _FORM.fullmatch(grain.strip())
    parts = [part.strip() for part in match["options"].split(",")] if match else []
    bare = [part for part in parts if "=" not in part]
    if match is None or len(bare) != 1 or not bare[0]:
        raise BadInput(
            f"{grain!r} is not of the form workload[option]: the one option without a value makes the tasks longer; "
            f"others may have one, as in workload[option,other=5]"
        )
    return f"{match['workload']}[{','.join(part for part in parts if '=' in part)}]", bare[0]
