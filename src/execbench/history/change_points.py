"""Where a series changes: numbers in, places out.

**E-divisive means** (Matteson and James, "A nonparametric approach for multiple change point analysis of multivariate
data", 2014). A split of a window is rated by how much further apart the values of different sides are than those of one
side. The best split is believed if few random orders of the same values have one that is rated as high. So nothing is
assumed of the noise, except that the order of the values would not matter if nothing had changed. Distances are
raised to the power of 1.5, between 1, which finds less where values have two levels, and 2, which finds less where some
lie far off. Unlike in the paper, mean distances within a side count each value's distance from itself: else a few
values that happen to be close together are rated too high, and five changed ones are found less often.

**Looked at after each commit.** A look takes in the last values since the last change, and asks whether the newest few
of them differ. Where they do, the change is kept, and later looks begin there. So what was found stays found, whatever
is added: a page never takes a change back, and moves it by a few commits at most, while it is new. Each look may be
wrong, so each must be surer than a single one would be.

**Why not a library.** `signal_processing_algorithms` of MongoDB needs NumPy 1, `apache-otava` pins one NumPy and puts a
t-test in place of the permutations, and `ruptures` has no permutation tests. All of them look at a whole series once.

`benchmarks/certify_history.py` certifies the constants below.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, reduce
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from execbench.stats import Floats

Places: TypeAlias = npt.NDArray[np.intp]

WINDOW = 50
"""The most values that a look takes in: what is older is not asked, as machines change slowly, too."""

SHORTEST = 4
"""The fewest values on each side of a change: fewer may be outliers."""

LONGEST = 7
"""The most values after a change that is found: a larger one would have been found before."""

FEWEST = 12
"""The fewest values of a look: of fewer, too many random orders look alike."""

ORDERS = 4999
"""How many random orders a look is compared with."""

ALLOWED = 2
"""How many of them may have a split that is rated as high: 3 in 5,000 looks at unchanged values find a change."""

_MOVES = 5
"""By how many values the place of a change may move from where it was found."""

_FIRST_ORDERS = 8
"""Compared first: most looks then are ordinary already, and the others are compared with ever more."""

_SEED = 2014

_AT_ONCE = 500
"""Windows to look at together, so that their values stay near the CPU."""

_LOOKS_AHEAD = 64
"""How many commits a series is looked at together; those after a change are looked at again."""


def change_points(series: Sequence[Floats]) -> list[list[int]]:
    """Return, for each series, the places of the first values after its changes.

    The values are logarithms, so that changes are ratios.
    """
    found = discoveries(series)
    return [_placed(values, [place for _, place in each]) for values, each in zip(series, found, strict=True)]


def discoveries(series: Sequence[Floats]) -> list[list[tuple[int, int]]]:
    """Return, for each series, how many values it had when each change was found, and the place that was found then."""
    found: list[list[tuple[int, int]]] = [[] for _ in series]
    looked = [0] * len(series)
    while waiting := [number for number, values in enumerate(series) if looked[number] < len(values)]:
        ends = {number: _ends(looked[number], len(series[number])) for number in waiting}
        starts = {number: found[number][-1][1] if found[number] else 0 for number in waiting}
        looks = ((number, max(starts[number], end - WINDOW), end) for number in waiting for end in ends[number])
        changed = dict(_changed((number, series[number], begin, end) for number, begin, end in looks))
        for number in waiting:
            first = next((end for end in ends[number] if (number, end) in changed), None)
            if first is not None:
                found[number].append((first, changed[number, first]))
            looked[number] = first or ends[number][-1]
    return found


def _placed(values: Floats, places: Sequence[int]) -> list[int]:
    """Return the changes where all values up to the next one show them best: what was found first was found early."""
    ends = [0, *places, len(values)]
    for number in range(1, len(ends) - 1):
        before, place, after = ends[number - 1 : number + 2]
        begin = max(before, place - WINDOW)
        window = values[begin : min(after, place + WINDOW)]
        nearby = range(max(SHORTEST, place - begin - _MOVES), min(len(window) - SHORTEST, place - begin + _MOVES) + 1)
        ends[number] = begin + max(nearby, key=lambda split: _rating(window[:split], window[split:]))
    return ends[1:-1]


def _rating(before: Floats, after: Floats) -> float:
    values = np.concatenate([before, after])
    pairs = (after, after), (after, values), (values, values)
    twice_within, to_all, twice_total = (_apart(np.subtract.outer(*pair)).sum() for pair in pairs)
    return float(_rating_from(twice_within / 2, to_all, twice_total / 2, len(after), len(values)))


def _ends(looked: int, length: int) -> range:
    return range(looked + 1, min(looked + _LOOKS_AHEAD, length) + 1)


_Look: TypeAlias = tuple[int, Floats, int, int]
"""The number of a series, its values, and where the window of the look begins and ends."""


def _changed(looks: Iterable[_Look]) -> Iterator[tuple[tuple[int, int], int]]:
    """Yield the looks that find a change, by series and end, each with the place of the change."""
    by_length: dict[int, list[_Look]] = {}
    for look in looks:
        _, _, begin, end = look
        if end - begin >= FEWEST:
            by_length.setdefault(end - begin, []).append(look)
    for group in by_length.values():
        windows = np.array([values[begin:end] - values[begin] for _, values, begin, end in group])  # equal values are 0
        for (number, _, _, end), after in zip(group, _lengths_after(windows).tolist(), strict=True):
            if after:
                yield (number, end), end - after


def _lengths_after(windows: Floats) -> Places:
    """Return how many values each window, a row, has after its change; 0 where it has none that is believed."""
    found = [_lengths_at_once(windows[begin : begin + _AT_ONCE]) for begin in range(0, len(windows), _AT_ONCE)]
    return np.concatenate(found)


def _lengths_at_once(windows: Floats) -> Places:
    orders, distances = _orders(windows.shape[1]), _distances(windows)
    ratings = np.array(list(_ratings(windows, distances, orders[:, :1])))[:, 0]
    believed = _believed(windows, distances, ratings.max(axis=0), orders[:, 1:])
    return np.where(believed, SHORTEST + ratings.argmax(axis=0), 0)


def _believed(windows: Floats, distances: Floats, best: Floats, orders: Places) -> npt.NDArray[np.bool_]:
    """Return in which windows few enough orders have a split that is rated as high as the best one."""
    exceeded = np.zeros(len(windows), dtype=np.intp)
    begin, end = 0, _FIRST_ORDERS
    while begin < ORDERS and (left := np.flatnonzero(exceeded <= ALLOWED)).size:
        ratings = reduce(np.maximum, _ratings(windows[left], distances[left], orders[:, begin:end]))
        exceeded[left] += (ratings >= best[left] * (1 - 1e-9)).sum(axis=0)
        begin, end = end, 2 * end
    return exceeded <= ALLOWED


def _ratings(windows: Floats, distances: Floats, orders: Places) -> Iterator[Floats]:
    """Yield the ratings of a split after which come `SHORTEST` values, then one more, by order and window.

    Distances within the values after it, and from these to all values, grow with each value that comes after.
    """
    by_place, distances_by_place = windows.T, distances.T
    length, total = windows.shape[1], distances.sum(axis=1) / 2
    within, to_all = (np.zeros((orders.shape[1], len(windows))) for _ in range(2))
    tail: list[Floats] = []
    for place in orders:
        value = by_place[place]
        for other in tail:
            within += _apart(value - other)
        to_all += distances_by_place[place]
        tail.append(value)
        if len(tail) >= SHORTEST:
            yield _rating_from(within, to_all, total, len(tail), length)


def _rating_from(within: Floats, to_all: Floats, total: Floats, after: int, length: int) -> Floats:
    """Rate a split by the sums of the distances within the values after it, from these to all, and of all pairs.

    That is by how much the mean distance between the sides is larger than those within, twice and weighed by the
    lengths of the sides: the energy distance, with its sums put together.
    """
    return (to_all - length / after * within - after / length * total) * (2 / (length - after))


def _distances(windows: Floats) -> Floats:
    """Return the sum of the distances of each value from the others of its window."""
    return np.asarray(_apart(windows[:, :, None] - windows[:, None, :]).sum(axis=2))


def _apart(differences: Floats) -> Floats:
    """Return distances, raised to the power of 1.5."""
    sizes = np.abs(differences)
    return np.asarray(sizes * np.sqrt(sizes))


@cache
def _orders(length: int) -> Places:
    """Return the places of the last values, the last first, in the true order and then in random ones, as columns."""
    numbers = np.random.default_rng([_SEED, length])
    true = np.arange(length - 1, -1, -1)
    orders = np.tile(true, (1 + ORDERS, 1)).T
    random = np.arange(1, 1 + ORDERS)
    longest = min(LONGEST, length - SHORTEST)
    for place in range(longest):  # shuffles as many as are needed
        other = numbers.integers(place, length, ORDERS)
        orders[place, random], orders[other, random] = orders[other, random], orders[place, random]
    return orders[:longest].copy()
