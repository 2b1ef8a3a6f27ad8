"""Arrays with labels."""

import numpy as np
import xarray


def climate(seed):
    """Return temperatures by place and day, some of them missing."""
    values = np.random.default_rng(seed).normal(size=(3, 5))
    values[0, 0] = np.nan
    return xarray.DataArray(values, {"place": list("abc"), "day": range(5)}, name="temperature")


datasets = [climate(seed).to_dataset() for seed in range(5)]
