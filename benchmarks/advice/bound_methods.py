"""Methods of objects that weigh far more than a task, and go with each."""

from functools import partial

import networkx
import numpy as np
from sklearn.neighbors import KNeighborsRegressor


class Index:
    """Which documents have a word."""

    def __init__(self, documents):
        self.documents = [{(number * word) % 9973 for word in range(40)} for number in range(documents)]

    def search(self, word):
        return [number for number, words in enumerate(self.documents) if word in words]


class Router:
    """Distances on a network of roads."""

    def __init__(self, side):
        self.roads = networkx.grid_2d_graph(side, side)

    def distance(self, number):
        return len(networkx.shortest_path(self.roads, (0, 0), (number % 40, number * 7 % 40)))


def samples(count):
    random = np.random.default_rng(1)
    return [random.normal(size=(20, 4)) for _ in range(count)]


samples_small, samples_middle, samples_large = (partial(samples, count) for count in (2, 36, 900))

_random = np.random.default_rng(0)
_model = KNeighborsRegressor().fit(_random.normal(size=(20_000, 4)), _random.normal(size=20_000))

search = Index(5_000).search
distance = Router(40).distance
predicted = _model.predict
