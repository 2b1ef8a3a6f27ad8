"""Linear algebra, which has threads of its own."""

import numpy as np
import scipy.linalg
import statsmodels.api
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA


def _normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


_matrix = _normal(0, 200, 200)
_points = _normal(1, 4_000, 40)


def powered(number):
    return float(np.linalg.matrix_power(_matrix / 20, 4 + number % 3).trace())


def spectrum(seed):
    return np.linalg.eigvalsh(np.corrcoef(_normal(seed, 60, 120)))


def singular_values(seed):
    return scipy.linalg.svdvals(_normal(seed, 150, 40))


def components(seed):
    return PCA(5, random_state=0).fit(_points + seed % 3).explained_variance_ratio_


def clusters(seed):
    return KMeans(8, n_init=1, random_state=seed).fit(_points[:600]).inertia_


def slopes(seed):
    return statsmodels.api.OLS(_normal(seed, 4_000), _normal(seed + 1, 4_000, 6)).fit().params
