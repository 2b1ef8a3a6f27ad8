"""One large structure of Python objects that all tasks walk through: even reading writes to its pages.

Python counts references in the objects themselves, so a forked worker copies each page of the graph that it reads.
"""

from __future__ import annotations

from execbench import Workload

Graph = dict[int, tuple[int, ...]]

_DEGREE = 8
_NODE_BYTES = 410
"""Of a number, a tuple of numbers, and their place in the dict."""
_STEPS = 2_000
"""Of each walk."""


def walk(start: int, graph: Graph) -> tuple[int, int]:
    """Walk through the graph from a node, and return the start and the end."""
    node = start % len(graph)
    for step in range(_STEPS):
        node = graph[node][(node + step) % _DEGREE]
    return start, node


def tasks(size: int, *, nbytes: int = 64_000_000) -> range:
    """Return the nodes to start from."""
    return range(size)


def shared(size: int, *, nbytes: int) -> Graph:
    """Return a graph of about `nbytes` bytes, whose edges lead all over it."""
    nodes = max(2, nbytes // _NODE_BYTES)
    return {
        node: tuple([(node * 7_919 + edge * 104_729) % nodes for edge in range(1, _DEGREE + 1)])
        for node in range(nodes)
    }


workload = Workload(fn=walk, tasks=tasks, size=200, shared=shared)
