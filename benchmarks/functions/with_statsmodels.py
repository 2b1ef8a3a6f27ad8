"""Models fitted to data from a seed."""

import numpy as np
import statsmodels.api as sm


def fitted(seed):
    """Return a fitted regression."""
    random = np.random.default_rng(seed)
    return sm.OLS(random.normal(size=30), sm.add_constant(random.normal(size=(30, 2)))).fit()
