"""Arrays, from a seed."""

import numpy as np

_random = np.random.default_rng(0)

signals_without_nan = [_random.normal(size=64) for _ in range(8)]
signals = [np.where(signal > 1.5, np.nan, signal) for signal in signals_without_nan]
matrices = [_random.normal(size=(12, 8)) for _ in range(8)]
clouds = [_random.normal(size=(30, 2)) for _ in range(8)]
points = [(np.arange(20.0), _random.normal(size=20)) for _ in range(8)]
