"""A few tasks that take far longer than the others, at any place."""

from functools import partial

import networkx
import sympy


def numbers(count):
    return [2_147_483_647 if number % 37 == 11 else 10_007 + 2 * number for number in range(count)]


def powers(count):
    return [60 if number % 41 == 17 else 4 + number % 5 for number in range(count)]


numbers_small, numbers_middle, numbers_large = (partial(numbers, count) for count in (12, 270, 2_300))
powers_small, powers_middle, powers_large = (partial(powers, count) for count in (2, 20, 170))


def smallest_factor(number):
    divisor = 2
    while divisor * divisor <= number:
        if number % divisor == 0:
            return divisor
        divisor += 1
    return number


def factored(power):
    x = sympy.Symbol("x")
    return str(sympy.factor(x**power - 1))


def cliques(number):
    size = 90 if number % 23 == 5 else 16
    return sum(1 for _ in networkx.find_cliques(networkx.gnp_random_graph(size, 0.5, seed=number)))
