"""Closures and lambdas among the arguments, and a function with some of its arguments bound."""

from functools import partial

import numpy as np

_x = np.linspace(0, 1, 20_000)


def _scorer(weight):
    def score(number):
        return weight * number % 97

    return score


def scorers(count):
    return [_scorer(number) for number in range(count)]


def densities(count):
    return [lambda x, rate=number % 9: np.exp(-rate * x) * np.sin(x) ** 2 for number in range(count)]


scorers_small, scorers_middle, scorers_large = (partial(scorers, count) for count in (9, 180, 1_500))
densities_small, densities_middle, densities_large = (partial(densities, count) for count in (6, 110, 930))


def summed(score):
    return sum(score(number) for number in range(2_000))


def integrated(density):
    return float(np.trapezoid(density(_x), _x))


def _scored(weights, number):
    return sum(weight * (number * place % 97) for place, weight in enumerate(weights))


scored = partial(_scored, [place / 8 for place in range(2_000)])
