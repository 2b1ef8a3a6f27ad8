"""Inputs that mislead who looks at the first few: sorted by cost, or with rare slow ones."""

import decimal
import re
from functools import partial

import networkx


def rising(count, last):
    return [max(1, last * number // count) for number in range(1, count + 1)]


def lengths(count, every):
    return [14 if number % every == every - 1 else 3 for number in range(count)]


def digits(count, every):
    return [400 if number % every == every - 1 else 28 for number in range(count)]


loops_small, loops_middle, loops_large = (partial(rising, count, 4_000) for count in (12, 200, 1_700))
graphs_small, graphs_middle, graphs_large = (partial(rising, *counts) for counts in ((5, 30), (25, 110), (63, 320)))
lengths_small, lengths_middle, lengths_large = (partial(lengths, *c) for c in ((200, 150), (5_000, 150), (33_000, 150)))
digits_small, digits_middle, digits_large = (partial(digits, *c) for c in ((60, 60), (700, 70), (6_000, 70)))


def squares(length):
    return sum(number * number for number in range(length))


def spanned(nodes):
    graph = networkx.gnm_random_graph(nodes, 3 * nodes, seed=nodes)
    return networkx.minimum_spanning_tree(graph).number_of_edges()


def is_greedy(length):
    return re.fullmatch(r"(a+)+b", "a" * length) is not None


def e_to_digits(digits):
    with decimal.localcontext() as context:
        context.prec = digits
        return str(decimal.Decimal(1).exp())[-8:]
