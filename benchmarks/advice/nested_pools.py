"""Functions that are parallel inside."""

import hashlib
import multiprocessing
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from sklearn.ensemble import RandomForestClassifier

_random = np.random.default_rng(0)
_data, _labels = _random.normal(size=(120, 6)), _random.integers(0, 2, 120)


def _digest(number):
    return hashlib.sha256(b"%d" % number * 40_000).hexdigest()


def _squares(number):
    return sum(part * part for part in range(20_000 + number))


def forest(seed):
    return float(RandomForestClassifier(2, n_jobs=2, random_state=seed).fit(_data, _labels).score(_data, _labels))


def digests(number):
    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(_digest, range(number, number + 6)))


def squares(number):
    with multiprocessing.Pool(2) as pool:
        return pool.map(_squares, range(number, number + 8))
