"""Models fitted to data from a seed."""

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeClassifier


def _data(seed):
    random = np.random.default_rng(seed)
    return random.normal(size=(40, 3)), random.integers(0, 2, size=40)


def fitted_tree(seed):
    """Return a fitted decision tree."""
    return DecisionTreeClassifier(max_depth=3, random_state=0).fit(*_data(seed))


def fitted_line(seed):
    """Return a fitted line."""
    return LinearRegression().fit(*_data(seed))


def words(text):
    """Return how often each word occurs, as a sparse matrix."""
    return CountVectorizer().fit_transform(text.splitlines())
