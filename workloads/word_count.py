"""Word counts of texts: text goes in, dictionaries come out."""

from __future__ import annotations

import random
from collections import Counter

from execbench import Workload

_SYLLABLES = ("ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru")
_WORDS = [first + second for first in _SYLLABLES for second in _SYLLABLES]


def count_words(text: str) -> dict[str, int]:
    """Return how often each word occurs in a text."""
    return dict(Counter(text.split()))


def tasks(size: int, *, words: int = 2000, seed: int = 0) -> list[str]:
    """Return seeded texts of two-syllable words, each text with `words` of them."""
    return [" ".join(random.Random(f"{seed}/{number}").choices(_WORDS, k=words)) for number in range(size)]


workload = Workload(fn=count_words, tasks=tasks, size=150)
