"""Labelled regions of an image."""

import numpy as np
from skimage.measure import label

_random = np.random.default_rng(0)

labels = [label(_random.random((16, 16)) > 0.6) for _ in range(5)]
