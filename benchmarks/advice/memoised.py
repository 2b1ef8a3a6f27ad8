"""Functions that remember what they have returned."""

from functools import cache, partial

import sympy


def repeated(count, different):
    return [number % different for number in range(count)]


orders_small, orders_middle, orders_large = (partial(repeated, *c) for c in ((40, 12), (720, 180), (6_000, 1_500)))
sums_small, sums_middle, sums_large = (partial(repeated, *c) for c in ((20, 10), (400, 200), (2_000, 1_000)))


@cache
def divisors(number):
    return sum(sympy.divisors(10**9 + number))


@cache
def digit_sum(number):
    return sum(map(int, str(7 ** (1_000 + number % 4_000))))
