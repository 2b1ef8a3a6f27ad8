"""Calls of a fraction of a millisecond, of which a program makes very many."""

import json
import pickle

import numpy as np
import scipy.optimize
from pydantic import BaseModel

_x = np.linspace(0, 1, 30)


class Item(BaseModel):
    """A line of an order."""

    name: str
    prices: list[float]


class Order(BaseModel):
    """An order, with its lines."""

    id: int
    items: list[Item]


_documents = [
    json.dumps({"id": number, "items": [{"name": f"item {n}", "prices": [n / 8] * 6} for n in range(60)]})
    for number in range(16)
]


def root(number):
    return scipy.optimize.brentq(lambda x: x**3 - 2 * x - 5 - number % 7, 0, 10)


def checked(number):
    return len(Order.model_validate_json(_documents[number % len(_documents)]).items)


def fitted(number):
    return scipy.optimize.curve_fit(lambda x, a, b: a * np.exp(-b * x), _x, 2 * np.exp(-(1 + number % 3) * _x))[0]


def copied(number):
    return len(pickle.dumps(pickle.loads(pickle.dumps({n: str(n) for n in range(number % 50 + 400)}))))
