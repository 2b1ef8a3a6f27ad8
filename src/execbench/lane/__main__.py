"""The process of a lane: reads a JSON line, obeys, answers with a JSON line, until told to exit.

As the `__main__` of a package it is never imported by spawned workers. Standard input and output are moved
aside first, so that what tasks read and print never mixes with the pipe.
"""

import json
import os
import signal
import sys
from typing import IO


def main() -> None:
    """Serve the parent until it says exit, or is gone."""
    commands, replies = _private_pipe()
    # A shell's background job ignores Ctrl-C, and so would every worker, whatever a task sends to it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from execbench.lane.life import Life  # noqa: PLC0415 -- only once nothing it imports can print into the pipe

    life = Life()
    for line in commands:
        request = json.loads(line)
        if request["command"] == "exit":
            break
        reply = life.obey(request)
        try:
            replies.write(json.dumps(reply) + "\n")
            replies.flush()
        except BrokenPipeError:
            break
    # A task may have left threads that never end; what is left in this process after the race must not hold it up.
    sys.stdout.flush()
    sys.stderr.flush()


def _private_pipe() -> tuple[IO[str], IO[str]]:
    commands = os.fdopen(os.dup(0), encoding="utf-8")
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return commands, replies


if __name__ == "__main__":
    main()
