"""Linear algebra, which has threads of its own."""

import numpy as np
import scipy.linalg


def _normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


_matrix = _normal(0, 200, 200)


def powered(number):
    return float(np.linalg.matrix_power(_matrix / 20, 4 + number % 3).trace())


def spectrum(seed):
    return np.linalg.eigvalsh(np.corrcoef(_normal(seed, 60, 120)))


def singular_values(seed):
    return scipy.linalg.svdvals(_normal(seed, 150, 40))
