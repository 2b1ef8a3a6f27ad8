"""I/O: each task waits for an answer on a real loopback socket, without using the CPU."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Literal

from execbench import Workload

# Closing with a reset leaves no port in TIME_WAIT: thousands of rounds would otherwise use up the machine's ports.
_RESET_AT_CLOSE = struct.pack("ii", 1, 0)


def wait(task: tuple[int, float]) -> int:
    """Wait in vain for a number, then send it over a TCP connection to ourselves and return what arrived."""
    number, milliseconds = task
    with _connected_to_ourselves() as (client, connection):
        _receive_in_vain(connection, milliseconds / 1000)
        client.sendall(number.to_bytes(8, "big"))
        return int.from_bytes(connection.recv(8, socket.MSG_WAITALL), "big")


async def wait_in_loop(task: tuple[int, float]) -> int:
    """Do the same in an event loop, which runs other tasks meanwhile."""
    import asyncio  # noqa: PLC0415 -- who blocks need not pay for it

    number, milliseconds = task
    receive = asyncio.get_running_loop().sock_recv
    with _connected_to_ourselves() as (client, connection):
        connection.setblocking(False)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(receive(connection, 1), milliseconds / 1000)
        client.sendall(number.to_bytes(8, "big"))  # so few bytes never block, and arrive together
        return int.from_bytes(await receive(connection, 8), "big")


def tasks(
    size: int, *, milliseconds: float = 2.0, io: Literal["blocking", "asyncio"] = "blocking"
) -> list[tuple[int, float]]:
    """Return the numbers from 0, each with the time to wait; `io` chooses the function that waits."""
    return [(number, milliseconds) for number in range(size)]


def fn_for(*, io: str, **_: Any) -> Callable[[tuple[int, float]], Any]:
    """Return the function that does its I/O in this way."""
    return wait_in_loop if io == "asyncio" else wait


@contextmanager
def _connected_to_ourselves() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        connection, _ = server.accept()
        with connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
            yield client, connection


def _receive_in_vain(connection: socket.socket, seconds: float) -> None:
    # The kernel puts us to sleep as it would for a slow peer, however many files this process has open:
    # `select.select` would reject a socket whose number is 1024 or more.
    connection.settimeout(seconds)
    with suppress(socket.timeout, BlockingIOError):  # a timeout of 0 makes the socket non-blocking
        connection.recv(1)
    connection.settimeout(None)


workload = Workload(fn=wait, tasks=tasks, size=16, fn_for=fn_for)
