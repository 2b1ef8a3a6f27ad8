"""Python that calls C code which releases the GIL for microseconds, again and again."""

import hashlib
import sqlite3
import zlib

import numpy as np

_signal = np.linspace(0, 1, 2_000)
_blocks = [bytes([number]) * 4_096 for number in range(64)]


def smoothed(number):
    values = _signal * number
    for _ in range(40):
        values = values + 0.1 * (np.roll(values, 1) - values)
    return float(values.sum())


def digests(number):
    return [hashlib.sha256(block + bytes([number % 256])).hexdigest() for block in _blocks]


def packed_blocks(number):
    return sum(len(zlib.compress(block + bytes([number % 256]))) for block in _blocks)


def totals(number):
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE sales (shop INTEGER, amount REAL)")
        database.executemany("INSERT INTO sales VALUES (?, ?)", ((n % 5, n * number) for n in range(500)))
        return database.execute("SELECT shop, SUM(amount) FROM sales GROUP BY shop ORDER BY shop").fetchall()
