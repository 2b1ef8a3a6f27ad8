"""Blocking I/O: each task waits for an answer on a real loopback socket, and uses no CPU meanwhile."""

from __future__ import annotations

import select
import socket

from execbench import Workload


def wait(task: tuple[int, float]) -> int:
    """Send a number over a TCP connection to ourselves, wait, and return what arrived."""
    number, milliseconds = task
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        connection, _ = server.accept()
        with connection:
            # The kernel puts us to sleep as it would for a slow peer: nothing arrives before the time is up.
            select.select([connection], [], [], milliseconds / 1000)
            client.sendall(number.to_bytes(8, "big"))
            return int.from_bytes(connection.recv(8, socket.MSG_WAITALL), "big")


def tasks(size: int, *, milliseconds: float = 2.0) -> list[tuple[int, float]]:
    """Return the numbers from 0, each with the time to wait."""
    return [(number, milliseconds) for number in range(size)]


workload = Workload(fn=wait, tasks=tasks, size=16)
