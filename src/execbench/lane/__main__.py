"""The process of a lane: reads a command, carries it out, answers, until it is told to exit or its parent is gone.

`supervisor` starts it as `python -c`, so that a worker which imports the main module of its parent finds none to
import. Standard input and output are moved aside first, so that what tasks read and print never mixes with the pipe.
"""

from __future__ import annotations

import os
import platform
import signal
import sys
from typing import IO, Any

from execbench.lane.messages import Greeting, Step, answer_line, read_command


def main() -> None:
    """Serve the parent until it says exit, or is gone."""
    commands, answers = _private_pipe()
    # A shell's background job ignores Ctrl-C, and so would every worker, whatever a task sends to it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from execbench.lane.session import Session  # noqa: PLC0415 -- only once nothing it imports can print into the pipe

    session = Session()
    _answer(answers, Greeting(platform.python_version()))
    for line in commands:
        command = read_command(line)
        if command == Step("exit") or not _answer(answers, session.obey(command)):
            break
    # A task may have left threads that never end; what is left in this process after the race must not hold it up.
    sys.stdout.flush()
    sys.stderr.flush()


def _private_pipe() -> tuple[IO[str], IO[str]]:
    commands = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return commands, answers


def _answer(answers: IO[str], answer: Any) -> bool:
    """Send an answer; return whether the parent is still there."""
    try:
        answers.write(answer_line(answer))
        answers.flush()
    except BrokenPipeError:
        return False
    return True


if __name__ == "__main__":
    main()
