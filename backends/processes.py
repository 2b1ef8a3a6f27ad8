"""One `multiprocessing.Process` for each chunk, and no pool.

Its workers are processes on this machine that live for one chunk: nothing is kept warm, nothing is left over, and a
process that dies is an error immediately. Pick it for a few long chunks, or where a worker must not be used twice.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from multiprocessing.connection import Connection, wait
from typing import Any, Literal

from execbench import Recipe


class RemoteTraceback(Exception):
    """The cause of a task's exception: the traceback from the process that raised it."""


@contextmanager
def backend(
    max_workers: int, /, *, start_method: Literal["default", "fork", "spawn", "forkserver"] = "default"
) -> Iterator[_Processes]:
    """Start nothing yet: `max_workers` is the maximum number of live processes. Leaving ends any that still run."""
    if max_workers < 1:
        raise ValueError(f"max_workers is {max_workers}; it must be at least 1")
    executor = _Processes(max_workers, None if start_method == "default" else start_method)
    try:
        yield executor
    finally:
        executor.end()


class _Processes:
    def __init__(self, max_workers: int, start_method: str | None) -> None:
        self._max_workers = max_workers
        self._context: Any = multiprocessing.get_context(start_method)
        self._running: dict[Any, tuple[int, Any]] = {}  # by connection: a chunk's number and its process

    def map(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int) -> list[Any]:
        """Run a process for each chunk, `max_workers` at a time; there is no default chunk size."""
        if chunksize < 1:
            raise ValueError(f"chunksize is {chunksize}; it must be at least 1")
        source = iter(tasks)
        chunks = enumerate(iter(lambda: list(islice(source, chunksize)), []))
        answers: dict[int, list[Any]] = {}
        try:
            while self._fill(fn, chunks):
                answers.update(self._answer(wait(self._running)[0]))
        finally:
            self.end()
        return [result for number in sorted(answers) for result in answers[number]]

    def end(self) -> None:
        """Kill all processes, whatever they are doing."""
        while self._running:
            connection, (_, process) = self._running.popitem()
            process.kill()
            _close(connection, process)

    def _fill(self, fn: Callable[[Any], Any], chunks: Iterator[tuple[int, list[Any]]]) -> bool:
        """Start as many processes as may run; return whether any is running."""
        for number, chunk in islice(chunks, self._max_workers - len(self._running)):
            receiver, sender = self._context.Pipe(duplex=False)
            with sender:  # only the process keeps it open, so its death closes the pipe
                process = self._context.Process(target=_work, args=(receiver, sender, fn, chunk))
                try:
                    process.start()
                except BaseException:
                    receiver.close()
                    raise
            self._running[receiver] = number, process
        return bool(self._running)

    def _answer(self, connection: Any) -> dict[int, list[Any]]:
        number, process = self._running[connection]
        try:
            message = connection.recv_bytes()
        except (EOFError, OSError):  # no answer arrived, or only part of one
            process.join()
            raise ChildProcessError(f"a process died with exit code {process.exitcode} before it answered") from None
        del self._running[connection]
        _close(connection, process)
        results, error, trace = pickle.loads(message)
        if error is not None:
            raise error from RemoteTraceback(f'\n"""\n{trace}"""')
        return {number: results}


def _close(connection: Any, process: Any) -> None:
    process.join()
    process.close()
    connection.close()


def _work(receiver: Connection, sender: Connection, fn: Callable[[Any], Any], chunk: list[Any]) -> None:
    """Run in each process: send the results of a chunk, or the exception that was raised."""
    receiver.close()  # only the parent reads: a large answer must not wait forever for a parent that was killed
    if hasattr(os, "register_at_fork"):  # a process that a task forks must not keep the pipe open when this one dies
        os.register_at_fork(after_in_child=sender.close)
    try:
        message = pickle.dumps(([fn(task) for task in chunk], None, ""))
    except BaseException as error:
        message = _pickled_error(error)
    with suppress(BrokenPipeError):  # the parent has given up on this chunk
        sender.send_bytes(message)


def _pickled_error(error: BaseException) -> bytes:
    """Pickle an exception; one that would not survive the trip is replaced by a description."""
    trace = "".join(traceback.format_exception(error))
    try:
        message = pickle.dumps(([], error, trace))
        pickle.loads(message)  # an exception with several arguments often fails only here
    except Exception:
        substitute = RuntimeError(f"{type(error).__name__}, which cannot be pickled: {error}")
        return pickle.dumps(([], substitute, trace))
    return message


def recipe(max_workers: int, chunksize: int, /, *, start_method: str) -> Recipe:
    """Write a pool that replaces its processes after each chunk."""
    context = "" if start_method == "default" else f'.get_context("{start_method}")'
    return Recipe(
        imports=["import multiprocessing"],
        opening=f"multiprocessing{context}.Pool({max_workers}, maxtasksperchild=1)",
        results=f"executor.map(fn, tasks, chunksize={chunksize})",
    )
