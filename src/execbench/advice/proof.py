"""The proof of the program that advice prints: it is run as a script, and its results are judged."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from execbench.advice.program import Program
from execbench.lane.questions import Rehearse, Rehearsed
from execbench.racing.oracle import Oracle
from execbench.settings import Settings
from execbench.supervisor.lane import Nursery
from execbench.supervisor.layout import hash_seed
from execbench.supervisor.python import OWN, Python


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
        if oracle.expected.portable:
            oracle.judge(results, None)
    return seconds
