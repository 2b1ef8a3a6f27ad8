"""The closed list of what is checked and observed: names, functions and limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from execbench.lane.checks import awaiting, chaos, contract, per_worker, submitting, tasks
from execbench.lane.checks.stage import Outcome, Stage


@dataclass(frozen=True)
class Check:
    """What every backend must do."""

    act: Callable[[Stage], None]
    limit: float = 10.0
    """Seconds for the act alone: opening and leaving have their own limits."""
    more_workers: tuple[int, ...] = (0,)
    """The check runs once for each of these, added to the number of workers that was asked for."""
    single: bool = False
    """It also runs with one worker."""
    leaving: bool = False
    """It is about leaving the context, twice in one process, after the act."""


@dataclass(frozen=True)
class Probe:
    """What a user should know before choosing."""

    act: Callable[[Stage], Outcome]
    limit: float = 5.0
    """Seconds after which the outcome is `hang`."""
    ends_program: bool = False
    """It ends the program itself, and is about what that leaves behind."""


CONTRACT: Mapping[str, Check] = {
    "results": Check(contract.results, limit=30.0, more_workers=(0, 1), single=True),
    "no_tasks": Check(contract.no_tasks),
    "one_task": Check(contract.one_task),
    "fewer_tasks_than_workers": Check(contract.fewer_tasks_than_workers, more_workers=(2,)),
    "generator": Check(contract.generator),
    "streamed": Check(contract.streamed),
    "once_each": Check(contract.once_each),
    "done_when_drained": Check(contract.done_when_drained),
    "nothing_remembered": Check(contract.nothing_remembered),
    "maps_again": Check(contract.maps_again),
    "large_results": Check(contract.large_results),
    "parallel": Check(contract.parallel),
    "no_more_than_max_workers": Check(contract.no_more_than_max_workers),
    "exception_type": Check(contract.exception_type),
    "exception_message": Check(contract.exception_message),
    "exception_traceback": Check(contract.exception_traceback),
    "maps_after_exception": Check(contract.maps_after_exception),
    "leaves": Check(contract.maps_again, leaving=True),
    "leaves_early": Check(contract.leaves_early, leaving=True),
    "leaves_unused": Check(contract.leaves_unused, leaving=True),
    "submit_result": Check(submitting.result),
    "submit_exception": Check(submitting.exception),
    "submit_callback": Check(submitting.callback),
    "submit_as_completed": Check(submitting.as_completed, limit=20.0),
    "submit_cancel": Check(submitting.cancel, limit=20.0),
    "submit_time_out": Check(submitting.time_out),
    "coroutine_results": Check(awaiting.result),
    "coroutine_exception": Check(awaiting.exception),
    "coroutines_at_once": Check(awaiting.at_once),
    "initializer_called": Check(per_worker.initializer_called),
    "shared_results": Check(per_worker.shared_results),
    "shared_once": Check(per_worker.shared_once),
    "initializer_exception": Check(per_worker.initializer_exception, limit=5.0),
}

_unpicklable = partial(chaos.task_raises, kind=tasks.Unpicklable, arguments=("it holds a lock",))
_other_arguments = partial(chaos.task_raises, kind=tasks.OtherArguments, arguments=(7, "out of paper"))

CHAOS: Mapping[str, Probe] = {
    "worker_exits": Probe(partial(chaos.worker_ends, killed=False), limit=8.0),
    "worker_killed": Probe(partial(chaos.worker_ends, killed=True), limit=8.0),
    "program_killed": Probe(chaos.program_killed, ends_program=True),
    "out_of_memory": Probe(chaos.out_of_memory, limit=8.0),
    "unpicklable_exception": Probe(_unpicklable),
    "exception_with_other_arguments": Probe(_other_arguments),
    "unpicklable_result": Probe(chaos.unpicklable_result),
    "lambda_function": Probe(chaos.lambda_function),
    "closure": Probe(chaos.closure),
    "local_class": Probe(chaos.local_class),
    "ctrl_c": Probe(chaos.ctrl_c),
    "task_raises_keyboard_interrupt": Probe(partial(chaos.task_raises, kind=KeyboardInterrupt)),
    "task_raises_system_exit": Probe(partial(chaos.task_raises, kind=SystemExit)),
    "task_raises_stop_iteration": Probe(partial(chaos.task_raises, kind=StopIteration)),
    "nested_map": Probe(chaos.nested_map, limit=10.0),
    "endless_input": Probe(chaos.endless_input),
    "stream": Probe(chaos.stream, limit=30.0),
    "second_thread": Probe(chaos.second_thread, limit=10.0),
    "other_thread": Probe(chaos.other_thread, limit=10.0),
    "under_asyncio": Probe(chaos.under_asyncio, limit=10.0),
    "large_argument": Probe(chaos.large_argument, limit=10.0),
    "large_array": Probe(chaos.large_array, limit=10.0),
    "state_in_a_worker": Probe(chaos.state_in_a_worker),
    "much_printing": Probe(chaos.much_printing),
}

ACTS: Mapping[str, Callable[[Stage], Outcome | None]] = {
    "next_map": chaos.next_map,
    **{name: check.act for name, check in CONTRACT.items()},
    **{name: probe.act for name, probe in CHAOS.items()},
}
"""What a lane runs, by name."""
