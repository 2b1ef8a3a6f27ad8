"""One large argument that is sent with every task."""

from functools import partial

import numpy as np
import orjson
from rapidfuzz import process

_random = np.random.default_rng(0)


def points_and_queries(count):
    points = _random.normal(size=(40_000, 3))
    return [(points, _random.normal(size=3)) for _ in range(count)]


def names_and_words(count):
    names = [f"customer {number * 7919 % 100_003} of {number % 97}" for number in range(3_000)]
    return [(names, f"custmer {number}") for number in range(count)]


def prices_and_orders(count):
    prices = {f"item {number}": number / 8 for number in range(100_000)}
    return [(prices, [f"item {number * place % 100_000}" for place in range(2_000)]) for number in range(count)]


queries_small, queries_middle, queries_large = (partial(points_and_queries, count) for count in (2, 40, 330))
words_small, words_middle, words_large = (partial(names_and_words, count) for count in (2, 9, 73))
orders_small, orders_middle, orders_large = (partial(prices_and_orders, count) for count in (2, 40, 320))


def nearest(points, query):
    return int(((points - query) ** 2).sum(axis=1).argmin())


def closest(names, word):
    return process.extractOne(word, names)


def bill(prices, items):
    return orjson.dumps({item: prices[item] for item in items})
