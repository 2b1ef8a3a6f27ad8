"""Libraries whose threads are alive when a process is forked."""

import threading

import numpy as np
import polars

_numbers = np.random.default_rng(0).integers(0, 50, 60_000)
_sales = polars.DataFrame({"shop": _numbers, "amount": np.arange(60_000.0)})


def by_shop(number):
    return _sales.group_by("shop").agg(polars.col("amount").sum() * number).sort("shop").sum().row(0)


def ranked(number):
    return _sales.with_columns(((polars.col("amount") * (7 + number)) % 1_009).alias("key")).sort("key")["shop"][0]


_wakened = threading.Event()
threading.Thread(target=_wakened.wait, daemon=True).start()


def digits(number):
    return sum(map(int, str(3 ** (2_000 + number % 50))))
