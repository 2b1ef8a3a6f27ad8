"""Linear regressions: long ones, in which BLAS has threads of its own, and short ones."""

import numpy as np
import statsmodels.api

_years = statsmodels.api.add_constant(np.arange(20.0))


def _normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def slopes(seed):
    return statsmodels.api.OLS(_normal(seed, 4_000), _normal(seed + 1, 4_000, 6)).fit().params


def trend(number):
    return statsmodels.api.OLS(np.sin(np.arange(20.0) * number), _years).fit().params
