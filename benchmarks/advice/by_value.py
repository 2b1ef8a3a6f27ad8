"""Functions that have no name under which they can be imported."""

import numpy as np


def _scorer(weights):
    def scored(number):
        return sum(weight * (number * place % 97) for place, weight in enumerate(weights))

    return scored


scored = _scorer([place / 8 for place in range(2_000)])
cubed = lambda number: sum(part * part * part for part in range(number % 900))  # noqa: E731 -- as users write it
sorted_norm = lambda seed: float(np.sort(np.random.default_rng(seed).normal(size=20_000))[-5:].sum())  # noqa: E731
