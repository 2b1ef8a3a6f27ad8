"""The process of a lane: it reads a command, runs it, and answers, until it is told to exit or its parent is gone.

`supervisor` starts it with `python -c`, so that workers that import their parent's main module find none to import.
Standard input and output are moved aside first, so that what tasks read and print never mixes with the pipe.
"""

from __future__ import annotations

import os
import platform
import signal
import sys
from typing import Any, BinaryIO

from execbench.lane.messages import Greeting, Step
from execbench.lane.wire import decode_command, encode


def main() -> None:
    """Serve the parent until it says exit or is gone."""
    commands, answers = _private_pipe()
    # A shell's background job ignores Ctrl-C, and so would every worker, whatever signal a task sends to it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from execbench.lane.session import Session  # noqa: PLC0415 -- only once nothing it imports can print into the pipe

    session = Session()
    _answer(answers, Greeting(platform.python_version()))
    for line in commands:
        command = decode_command(line)
        if command == Step("exit") or not _answer(answers, session.obey(command)):
            break
    # A task may have left threads that never end; the parent then kills this process before Python flushes at exit.
    sys.stdout.flush()
    sys.stderr.flush()


def _private_pipe() -> tuple[BinaryIO, BinaryIO]:
    commands, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return commands, answers


def _answer(answers: BinaryIO, answer: Any) -> bool:
    """Send an answer; return whether the parent is still there."""
    try:
        answers.write(encode(answer))
        answers.flush()
    except BrokenPipeError:
        return False
    return True


if __name__ == "__main__":
    main()
