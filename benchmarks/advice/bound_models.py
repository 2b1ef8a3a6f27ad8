"""The method of a model that weighs far more than a task, and goes with each."""

from functools import partial

import numpy as np
from sklearn.neighbors import KNeighborsRegressor


def samples(count):
    random = np.random.default_rng(1)
    return [random.normal(size=(20, 4)) for _ in range(count)]


samples_small, samples_middle, samples_large = (partial(samples, count) for count in (2, 36, 300))

_random = np.random.default_rng(0)
_model = KNeighborsRegressor().fit(_random.normal(size=(20_000, 4)), _random.normal(size=20_000))

predicted = _model.predict
