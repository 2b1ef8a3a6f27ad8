"""Random numbers: from one stream for all tasks, or from a seed for each."""

import random

import numpy as np


def guessed(number):
    return sum(random.random() ** 2 + random.random() ** 2 < 1 for _ in range(1_000)) + number


def resampled(number):
    return float(np.random.choice(np.arange(5_000.0), 5_000).mean() + number)


def guessed_from_seed(seed):
    stream = random.Random(seed)
    return sum(stream.random() ** 2 + stream.random() ** 2 < 1 for _ in range(1_000))


def resampled_from_seed(seed):
    return float(np.random.default_rng(seed).choice(np.arange(5_000.0), 5_000).mean())
