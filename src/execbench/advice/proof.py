"""The proof of the program that advice prints: it is run as a script.

Its results are judged, and its time is held against what the race promises.
"""

import math
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import monotonic

from execbench.advice.budget import Budget
from execbench.advice.program import Program
from execbench.lane.questions import Rehearse, Rehearsed
from execbench.racing.oracle import Oracle
from execbench.settings import Settings
from execbench.supervisor.lane import Nursery
from execbench.supervisor.layout import hash_seed
from execbench.supervisor.python import OWN, Python

_EXIT_SECONDS = 10.0
"""MPI takes some of them to end its workers."""


def rehearse(  # noqa: PLR0913 -- what, where and for whom
    nursery: Nursery,
    program: Program,
    numbers: Sequence[int],
    oracle: Oracle,
    settings: Settings,
    *,
    python: Python = OWN,
) -> float:
    """Run a program in a fresh process, as the user would, and return the seconds that its last statement took.

    Libraries start as many threads as they do for the user.

    Args:
        nursery: Of the process, which ends with all that it started.
        program: What to run.
        numbers: Which tasks to run it on.
        oracle: Judges the results, if they can be sent to it; it knows these tasks.
        settings: Those of the oracle, which say how long it may take.
        python: The interpreter.

    Raises:
        LaneFailure: it raises, hangs, dies, or gives wrong results.
    """
    variables = {"PYTHONHASHSEED": str(hash_seed(settings))}
    with (
        tempfile.TemporaryDirectory(dir=nursery.folder) as folder,
        nursery.lane(python, variables, settings.round_timeout) as lane,
    ):
        script, results = Path(folder, "program.py"), os.fspath(Path(folder, "results"))
        script.write_text(program.on(numbers), encoding="utf-8")
        asked = program.asked
        lane.greet()
        command = Rehearse(os.fspath(script), program.folder, results, asked.backend, asked.work)
        seconds = lane.ask(command, Rehearsed, settings.round_timeout).seconds
        lane.dismiss()  # what MPI keeps until the program ends would outlive one that is killed
        if oracle.expected.portable:
            oracle.judge(results, None)
        lane.wait_for_exit(_EXIT_SECONDS)
    return seconds


ALLOWANCE = 1.5
"""By how much a program may miss what was promised: it runs a few times only, under other conditions."""

MOST_RUNS = 3
"""Of each program."""


@dataclass
class Proof:
    """What the advised program and the loop took, one after the other, in seconds."""

    advised: list[float] = field(default_factory=list)
    loop: list[float] = field(default_factory=list)

    @property
    def gain(self) -> float:
        """How many times as fast as the loop the program is."""
        return math.exp(median(math.log(loop / own) for loop, own in zip(self.loop, self.advised, strict=True)))

    def keeps(self, promised: float) -> bool:
        """Return whether the program gains what the race promises of these tasks."""
        return self.gain * ALLOWANCE >= promised


class Stage:
    """Runs programs on the tasks that were raced.

    Args:
        nursery: of the processes.
        numbers: which tasks are run.
        oracle: judges the results.
        settings: those of the race.
        budget: says how long that may take.
        import_seconds: what the user's own imports take in each process, which does not count.
    """

    def __init__(  # noqa: PLR0913, PLR0917 -- made by the adviser alone
        self,
        nursery: Nursery,
        numbers: Sequence[int],
        oracle: Oracle,
        settings: Settings,
        budget: Budget,
        import_seconds: float,
    ) -> None:
        self._nursery, self._numbers, self._oracle, self._settings = nursery, numbers, oracle, settings
        self._budget, self._import_seconds = budget, import_seconds

    def prove(self, advised: Program, loop: Program, promised: float) -> Proof:
        """Run both in turn, once more if that does not keep the promise, as long as there is time.

        Raises:
            LaneFailure: one of them raises, hangs, dies, or gives wrong results.
        """
        proof = Proof()
        for _ in range(MOST_RUNS):
            begun = monotonic()
            proof.advised.append(self._run(advised))
            proof.loop.append(self._run(loop))
            if proof.keeps(promised) or self._budget.left < monotonic() - begun:
                break
        return proof

    def _run(self, program: Program) -> float:
        seconds = rehearse(self._nursery, program, self._numbers, self._oracle, self._settings)
        self._budget.forgive(self._import_seconds)
        return seconds
