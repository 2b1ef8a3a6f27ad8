"""Models whose linear algebra has threads of its own."""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA

_points = np.random.default_rng(1).normal(size=(4_000, 40))


def components(seed):
    return PCA(5, random_state=0).fit(_points + seed % 3).explained_variance_ratio_


def clusters(seed):
    return KMeans(8, n_init=1, random_state=seed).fit(_points[:600]).inertia_
