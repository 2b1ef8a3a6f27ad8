"""Classes made with attrs."""

import math

import attrs


@attrs.frozen
class Order:
    """An order whose discount may be NaN."""

    number: int
    discount: float
    items: list = attrs.field(factory=list)


def order(number):
    """Return an order."""
    return Order(number, math.nan if number % 2 else 0.1 * number, [number] * 3)
