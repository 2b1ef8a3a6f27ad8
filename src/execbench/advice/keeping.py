"""The part of a program that sends an object to each worker once: the function itself, or an argument."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from execbench.advice.imports import Imports
from execbench.lane.arguments import SentOnce
from execbench.lane.naming import is_name, quoted
from execbench.lane.questions import Written

_KEEP = """\
def {keep}({name}):
    global {kept}
    {kept} = {name}"""

_KEEP_BY_VALUE = """\
# Each function that is sent by value has global names of its own.
def {keep}({name}):
    {kept} = {name}"""


@dataclass(frozen=True)
class Call:
    """How a program calls the function with its tasks."""

    function: str
    """What is called with a task."""
    definitions: Sequence[str]
    before: Sequence[str] = ()
    """Statements that take the tasks apart."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What stands for `tasks` and `shared`."""
    initializer: str = ""
    """More arguments for what opens the executor."""


def kept_call(what: SentOnce, written: Written, function: str, imports: Imports) -> Call:
    """Write how a function is called whose workers keep something.

    Args:
        what: What they keep.
        written: What the recipe of the backend is.
        function: An expression for the workload's function.
        imports: Knows the names that are taken.
    """
    is_function = what.argument is None
    name = imports.free("fn" if is_function else what.name if is_name(what.name) else "shared")
    before, names = [], {"shared": function if is_function else name}
    if what.argument is not None:
        others = imports.free("others")
        before = [f"{name} = tasks[0][{quoted(what.argument)}]", f"{others} = {_others(what.argument)}"]
        names["tasks"] = others
    call = imports.free("call")
    if not written.takes_initializer:
        body = _call(what, name if is_function else function, name, written.star)
        return Call(call, [f"def {call}(task, {name}):\n    return {body}"], before, names)
    keep, kept = imports.free("keep"), imports.free("kept")
    template = _KEEP
    if written.workers_get_fn == "by value":
        imports.add("import __main__")
        kept, template = f"__main__.{kept}", _KEEP_BY_VALUE
    body = _call(what, kept if is_function else function, kept, written.star)
    definitions = [template.format(keep=keep, name=name, kept=kept), f"def {call}(task):\n    return {body}"]
    return Call(call, definitions, before, names, f"initializer={keep}, initargs=({names['shared']},)")


def _call(what: SentOnce, function: str, kept: str, star: str) -> str:
    """Return the call of the function with a task, from which an argument is missing."""
    place = what.argument
    if place is None:
        return f"{function}({star}task)"
    if isinstance(place, str):
        return f"{function}(**task, {place}={kept})"
    return f"{function}(*task[:{place}], {kept}, *task[{place}:])" if place else f"{function}({kept}, *task)"


def _others(place: int | str) -> str:
    """Return an expression for the tasks without an argument."""
    if isinstance(place, str):
        others = f"name: value for name, value in task.items() if name != {quoted(place)}"
        return f"[{{{others}}} for task in tasks]"
    return f"[(*task[:{place}], *task[{place + 1}:]) for task in tasks]" if place else "[task[1:] for task in tasks]"
