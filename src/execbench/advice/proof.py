"""The proof of the program that advice prints: it is run as a script, and its results are judged."""

import os
import tempfile
from pathlib import Path

from execbench.advice.program import Program
from execbench.lane.messages import Expect
from execbench.lane.questions import Rehearse, Rehearsed
from execbench.racing.oracle import Oracle
from execbench.settings import Settings
from execbench.supervisor.lane import Nursery
from execbench.supervisor.layout import hash_seed
from execbench.supervisor.python import OWN, Python


def rehearse(  # noqa: PLR0913 -- what, where and by whom
    nursery: Nursery,
    program: Program,
    work: Expect,
    oracle: Oracle,
    *,
    settings: Settings,
    python: Python = OWN,
) -> float:
    """Run a program in a fresh process, as the user would, and return the seconds that its call took.

    Args:
        nursery: Of the process, which ends with all that it started.
        program: What to run.
        work: The workload; its sample says which tasks the program is run on.
        oracle: Judges the results, if they can be sent to it; it knows the same tasks.
        settings: Of the oracle, which say how long it may take.
        python: The interpreter.

    Raises:
        LaneFailure: it raises, hangs, dies, or gives wrong results.
    """
    # Libraries start as many threads as they do for the user.
    variables = {"PYTHONHASHSEED": str(hash_seed(settings))}
    with (
        tempfile.TemporaryDirectory(dir=nursery.folder) as folder,
        nursery.lane(python, variables, settings.round_timeout) as lane,
    ):
        script, results = Path(folder, "program.py"), Path(folder, "results")
        script.write_text(program.on(work.sample or range(work.size)), encoding="utf-8")
        command = Rehearse(os.fspath(script), program.folder, os.fspath(results), work)
        lane.greet()
        seconds = lane.ask(command, Rehearsed, 3 * settings.round_timeout).seconds
        if oracle.expected.portable:
            oracle.judge(os.fspath(results), None)
    return seconds
