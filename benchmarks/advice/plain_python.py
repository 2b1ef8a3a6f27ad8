"""CPU work that holds the GIL, with small tasks and results."""

import json
from decimal import Decimal

import lxml.etree
import numpy as np
import skimage.measure
import sympy

_config = json.dumps({f"key {number}": [number, {"a": number / 3}] for number in range(150)})
_page = "<r>" + "".join(f"<i n='{number}'><b>{number}</b></i>" for number in range(300)) + "</r>"
_blobs = np.random.default_rng(0).random((60, 60)) > 0.6


def distance(number):
    one, other = f"kitten {number} sitting on a bench", f"sitting {number * 7} kittens at the bench"
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        before, row[0] = row[0], place
        for column, another in enumerate(other, 1):
            before, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, before + (letter != another))
    return row[-1]


def compound(years):
    amount = Decimal(100)
    for _ in range(200 + years % 50):
        amount = (amount * Decimal("1.0123")).quantize(Decimal("0.0001"))
    return amount


def settings(number):
    return len(json.dumps({**json.loads(_config), "number": number}))


def items(number):
    return [item.get("n") for item in lxml.etree.fromstring(_page).iter("i") if int(item.get("n")) % 50 == number % 50]


def integral(number):
    x = sympy.Symbol("x")
    return str(sympy.diff(sympy.sin(x) ** (2 + number % 5) * sympy.exp(x), x, 3))


def regions(number):
    return len(skimage.measure.regionprops(skimage.measure.label(np.roll(_blobs, number))))
