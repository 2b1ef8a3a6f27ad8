"""The closed list of what is checked and observed: names, functions and limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from execbench.conformance import (
    deaths,
    exceptions,
    interruptions,
    parallelism,
    pickling,
    results,
    submitting,
    surroundings,
)
from execbench.conformance.stage import Outcome, Stage


@dataclass(frozen=True)
class Check:
    """What every backend must do."""

    act: Callable[[Stage], None]
    limit: float = 10.0
    """Seconds for the act alone: opening and leaving have limits of their own."""
    more_workers: tuple[int, ...] = (0,)
    """It is done once for each of these, added to the number of workers that was asked for."""
    single: bool = False
    """It is also done with one worker."""
    leaving: bool = False
    """It is about leaving the context, twice in one process, after the act."""
    early: bool = False
    """The context is left by an exception."""


@dataclass(frozen=True)
class Probe:
    """What a user should know before choosing."""

    act: Callable[[Stage], Outcome]
    limit: float = 5.0
    """Seconds after which it is called hung."""
    redirect: bool = False
    """What is printed goes to a file, to be measured."""


def _nothing(_: Stage) -> None:
    """Leave the executor as it is."""


CONTRACT: Mapping[str, Check] = {
    "results": Check(results.equal_the_builtin_map, limit=30.0, more_workers=(0, 1), single=True),
    "no_tasks": Check(results.no_tasks),
    "one_task": Check(results.one_task),
    "fewer_tasks_than_workers": Check(results.fewer_tasks_than_workers, more_workers=(2,)),
    "generator": Check(results.generator),
    "once_each": Check(results.once_each),
    "done_when_drained": Check(results.done_when_drained),
    "nothing_remembered": Check(results.nothing_remembered),
    "maps_again": Check(results.maps_again),
    "large_results": Check(results.large_results),
    "parallel": Check(parallelism.parallel),
    "no_more_than_max_workers": Check(parallelism.no_more_than_max_workers),
    "exception_type": Check(exceptions.keeps_its_type),
    "exception_message": Check(exceptions.keeps_its_message),
    "exception_traceback": Check(exceptions.keeps_its_traceback),
    "maps_after_exception": Check(exceptions.maps_after_it),
    "leaves": Check(results.maps_again, leaving=True),
    "leaves_early": Check(exceptions.raise_before_leaving, leaving=True, early=True),
    "leaves_unused": Check(_nothing, leaving=True),
    "submit_result": Check(submitting.result),
    "submit_exception": Check(submitting.exception),
    "submit_callback": Check(submitting.callback),
    "submit_cancel": Check(submitting.cancel, limit=20.0),
    "submit_time_out": Check(submitting.time_out),
}

CHAOS: Mapping[str, Probe] = {
    "worker_exits": Probe(deaths.worker_exits, limit=8.0),
    "worker_killed": Probe(deaths.worker_killed, limit=8.0),
    "out_of_memory": Probe(deaths.out_of_memory, limit=8.0),
    "unpicklable_exception": Probe(pickling.unpicklable_exception),
    "exception_with_other_arguments": Probe(pickling.exception_with_other_arguments),
    "unpicklable_result": Probe(pickling.unpicklable_result),
    "lambda_function": Probe(pickling.lambda_function),
    "closure": Probe(pickling.closure),
    "local_class": Probe(pickling.local_class),
    "ctrl_c": Probe(interruptions.ctrl_c),
    "task_raises_keyboard_interrupt": Probe(interruptions.task_raises_keyboard_interrupt),
    "task_raises_system_exit": Probe(interruptions.task_raises_system_exit),
    "task_raises_stop_iteration": Probe(interruptions.task_raises_stop_iteration),
    "nested_map": Probe(surroundings.nested_map, limit=10.0),
    "endless_input": Probe(surroundings.endless_input),
    "second_thread": Probe(surroundings.second_thread),
    "large_argument": Probe(surroundings.large_argument, limit=10.0),
    "large_array": Probe(surroundings.large_array, limit=10.0),
    "state_in_a_worker": Probe(surroundings.state_in_a_worker),
    "much_printing": Probe(surroundings.much_printing, redirect=True),
}
