"""State that tasks share and change."""

import os

_count = 0
_seen = set()
_balance = {"total": 0.0}
_buffer = []


def numbered(task):
    global _count  # noqa: PLW0603 -- as users write it
    _count += 1
    return _count, sum(range(task % 500))


def is_new(task):
    key = sum(range(task % 400)) % 97
    fresh = key not in _seen
    _seen.add(key)
    return fresh


def deposited(amount):
    for _ in range(200):
        _balance["total"] += amount % 10
    return _balance["total"]


def in_folder(number):
    previous = os.environ.get("ADVICE_STEP", "0")
    os.environ["ADVICE_STEP"] = str(number)
    return previous, sum(range(number % 600))


def joined(number):
    """Use a list that all tasks share: right in a loop and in processes, wrong in threads if the task is long."""
    _buffer.clear()
    for part in range(20_000):
        _buffer.append(part * number)  # noqa: PERF401 -- as users write it
    return sum(_buffer)
