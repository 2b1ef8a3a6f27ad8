"""Tasks of a few microseconds, each of which costs less than sending it anywhere."""

import re
from datetime import datetime
from functools import partial

import regex

_WORDS = "Straight Ahead over-the-hill under_the_bridge And  So   On".split(" ")
_LETTERS = regex.compile(r"\p{Lu}\p{Ll}+")


def titles(count):
    return [f"{_WORDS[n % len(_WORDS)]} {n}: {_WORDS[n * 7 % len(_WORDS)]}!" for n in range(count)]


def documents(count):
    return [f'{{"id": {n}, "tags": ["a", "b", "{n % 7}"], "price": {n / 8}}}' for n in range(count)]


def pairs(count):
    return [(f"{_WORDS[n % 5]} {n}", f"{_WORDS[n % 3]} {n * 3}") for n in range(count)]


def days(count):
    return [f"2026-{1 + n % 12:02}-{1 + n % 28:02} {n % 24:02}:30" for n in range(count)]


titles_small, titles_middle, titles_large = (partial(titles, count) for count in (1_000, 20_000, 170_000))
documents_small, documents_middle, documents_large = (partial(documents, count) for count in (1_500, 25_000, 170_000))
pairs_small, pairs_middle, pairs_large = (partial(pairs, count) for count in (1_200, 22_000, 180_000))
days_small, days_middle, days_large = (partial(days, count) for count in (150, 3_000, 23_000))


def slug(title):
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def capitalised(title):
    return len(_LETTERS.findall(title))


def weekday(day):
    return datetime.strptime(day, "%Y-%m-%d %H:%M").strftime("%A")  # noqa: DTZ007 -- as users write it
