"""Methods of objects that weigh far more than a task, and go with each."""

import networkx


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


search = Index(5_000).search
distance = Router(40).distance
