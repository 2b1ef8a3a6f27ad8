"""Functions of the standard library, and inputs that need no library."""

import json
import math
from dataclasses import dataclass

WORDS = "apple banana cherry damson elder fig grape hazel".split()

numbers = [0.5, 1.0, math.e, 10.0, math.inf, math.nan]
orders = [{"id": n, "item": word, "prices": [n / 7, 2.5], "paid": n % 2 == 0} for n, word in enumerate(WORDS)]
documents = [json.dumps(order) for order in orders]
timestamps = [f"2026-0{month}-1{month}T0{month}:30:00+02:00" for month in range(1, 9)]
keys = [bytes(range(n, n + 32)) for n in range(8)]
pairs_of_words = list(zip(WORDS, WORDS[1:] + WORDS[:1]))
words_and_choices = [(word[:3], WORDS) for word in WORDS]
rules = [f"DTSTART:20260101T000000\nRRULE:FREQ=DAILY;COUNT={n}" for n in range(1, 9)]
readmes = [f"# {word}\n\nA *{word}* has `{len(word)}` letters.\n\n- {word[0]}\n- {word[-1]}\n" for word in WORDS]
pages = [f"<html><body><h1>{word}</h1><a href='/{word}'>{n}</a></body></html>" for n, word in enumerate(WORDS)]
pages_with_parser = [(page, "html.parser") for page in pages]
sources = [f"def {word}(n):\n    return n + {n}\n" for n, word in enumerate(WORDS)]
shapes = [f"POLYGON ((0 0, {n} 0, {n} {n}, 0 0))" for n in range(1, 9)]
queries = [f"SELECT {word}, COUNT(*) FROM t WHERE n > {n} GROUP BY 1" for n, word in enumerate(WORDS)]
settings = [f"# {word}\n[{word}]\nn = {n}\nratio = {n / 3}\nday = 2026-11-28\n" for n, word in enumerate(WORDS)]
tables = [{"n": list(range(n)), "share": [None, math.nan] * (n // 2)} for n in range(2, 12, 2)]


@dataclass
class Answer:
    """A dataclass with what no `==` compares."""

    items: set
    mean: float
    sums: dict


def answer(document):
    """Return a dataclass with a set, NaN and a dict."""
    order = json.loads(document)
    return Answer({order["item"], *order["item"]}, math.nan, {order["id"]: sum(order["prices"])})


class Node:
    """An object without `==`, in a ring."""

    def __init__(self, number):
        self.number = number
        self.next = self


def linked(length):
    """Return the first of so many nodes, each of which leads to the next, and the last to the first."""
    first = last = Node(0)
    for number in range(1, length):
        last.next = Node(number)
        last = last.next
    last.next = first
    return first


def outcome(number):
    """Return a number, or the exception that computing it raised."""
    try:
        return 1 / (number % 3)
    except ZeroDivisionError as error:
        return error
