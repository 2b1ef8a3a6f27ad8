"""Where a series changes: numbers in, places out.

**E-divisive means** (Matteson and James, "A nonparametric approach for multiple change point analysis of multivariate
data", 2014). A split of a window is rated by how much further apart the values of different sides are than those of one
side. The best split is believed if few random orders of the same values have one that is rated as high. So nothing is
assumed of the noise, except that the order of the values would not matter if nothing had changed.

**Looked at after each commit.** A look takes in the last values since the last change, and asks whether the newest few
of them differ. Where they do, the change is kept, and later looks begin there. So what was found stays found, whatever
is added: a page never takes a change point back, nor moves it. Each look may be wrong, so each must be surer than a
single one would be.

`benchmarks/certify_history.py` certifies the constants below.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from execbench.stats import Floats

Places = npt.NDArray[np.intp]

WINDOW = 50
"""The most values that a look takes in: what is older is not asked, as machines change slowly, too."""

SHORTEST = 3
"""The fewest values on each side of a change: fewer may be outliers."""

LONGEST = 8
"""The most values after a change that is found: a larger one would have been found before."""

FEWEST = 12
"""The fewest values of a look: of fewer, too many random orders look alike."""

LEVEL = 0.00075
"""The share of looks at unchanged values that find a change."""

ORDERS = 3999
"""How many random orders a look is compared with."""

_FIRST_ORDERS = 20
"""Compared first: most looks then are ordinary already."""

_SEED = 2014

_AT_ONCE = 2_000_000
"""Numbers to hold at a time."""

_LOOKS_AHEAD = 64
"""How many commits a series is looked at together; those after a change are looked at again."""


def change_points(series: Sequence[Floats]) -> list[list[int]]:
    """Return, for each series, the places of the first values after its changes, as they were found commit by commit.

    The values are logarithms, so that changes are ratios.
    """
    return [[place for _, place in found] for found in discoveries(series)]


def discoveries(series: Sequence[Floats]) -> list[list[tuple[int, int]]]:
    """Return the same with the number of values that the series had when each change was found."""
    found: list[list[tuple[int, int]]] = [[] for _ in series]
    looked = [0] * len(series)
    while waiting := [number for number, values in enumerate(series) if looked[number] < len(values)]:
        looks = [(number, end) for number in waiting for end in _ends(looked[number], len(series[number]))]
        starts = {number: found[number][-1][1] if found[number] else 0 for number in waiting}
        changed = dict(_changed([(number, series[number], starts[number], end) for number, end in looks]))
        for number in waiting:
            ends = _ends(looked[number], len(series[number]))
            first = next((end for end in ends if (number, end) in changed), None)
            if first is not None:
                found[number].append((first, changed[number, first]))
            looked[number] = first or ends[-1]
    return found


def _ends(looked: int, length: int) -> range:
    return range(looked + 1, min(looked + _LOOKS_AHEAD, length) + 1)


_Look = tuple[int, Floats, int, int]
"""The number of a series, its values, where it last changed, and how many of its values the look may see."""


def _changed(looks: Iterable[_Look]) -> Iterator[tuple[tuple[int, int], int]]:
    """Yield the looks that find a change, by series and end, each with the place of the change."""
    by_length: dict[int, list[tuple[int, Floats, int, int]]] = {}
    for number, values, start, end in looks:
        begin = max(start, end - WINDOW)
        if end - begin >= FEWEST:
            by_length.setdefault(end - begin, []).append((number, values, begin, end))
    for group in by_length.values():
        windows = np.array([values[begin:end] for _, values, begin, end in group])
        for (number, _, _, end), after in zip(group, _lengths_after(windows).tolist(), strict=True):
            if after:
                yield (number, end), end - after


def _lengths_after(windows: Floats) -> Places:
    """Return how many values each window, a row, has after its change; 0 where it has none that is believed."""
    found = np.zeros(len(windows), dtype=np.intp)
    orders = _orders(windows.shape[1])
    step = max(1, _AT_ONCE // (_FIRST_ORDERS * orders.shape[1]))
    for begin in range(0, len(windows), step):
        chunk = windows[begin : begin + step]
        ratings = _ratings(chunk, orders[:1])[:, 0]
        best = ratings.max(axis=1)
        believed = _believed(chunk, best, orders[1:])
        found[begin : begin + step] = np.where(believed, SHORTEST + ratings.argmax(axis=1), 0)
    return found


def _believed(windows: Floats, best: Floats, orders: Places) -> npt.NDArray[np.bool_]:
    """Return in which windows few enough orders have a split that is rated as high as the best one."""
    allowed = int(LEVEL * (len(orders) + 1)) - 1
    exceeded = np.zeros(len(windows), dtype=np.intp)
    begin, count = 0, _FIRST_ORDERS
    while begin < len(orders):
        left = np.flatnonzero(exceeded <= allowed)
        if not left.size:
            break
        ratings = _ratings(windows[left], orders[begin : begin + count]).max(axis=2)
        exceeded[left] += (ratings >= best[left, None] * (1 - 1e-9)).sum(axis=1)
        begin, count = begin + count, min(4 * count, 500)
    return exceeded <= allowed


def _ratings(windows: Floats, orders: Places) -> Floats:
    """Rate the splits of each window in each order, by how many values come after: `SHORTEST` and more."""
    length, longest = windows.shape[1], orders.shape[1]
    distances = _distances(windows)
    total = distances.sum(axis=1) / 2
    tails = windows[:, orders]
    within = np.zeros(tails.shape)
    for place in range(1, longest):
        within[..., place] = np.abs(tails[..., place, None] - tails[..., :place]).sum(axis=-1)
    within = within.cumsum(axis=-1)[..., SHORTEST - 1 :]
    between = distances[:, orders].cumsum(axis=-1)[..., SHORTEST - 1 :] - 2 * within
    before = total[:, None, None] - between - within
    after_count = np.arange(SHORTEST, longest + 1)
    before_count = length - after_count
    pairs_after, pairs_before = after_count**2 / 2, before_count**2 / 2
    divergence = 2 * between / (after_count * before_count) - within / pairs_after - before / pairs_before
    return np.asarray(after_count * before_count / length * divergence)


def _distances(windows: Floats) -> Floats:
    """Return the sum of the distances of each value from the others of its window."""
    order = windows.argsort(axis=1)
    ordered = np.take_along_axis(windows, order, axis=1)
    below, length = ordered.cumsum(axis=1), windows.shape[1]
    sums = ordered * (2 * np.arange(length) + 2 - length) + below[:, -1:] - 2 * below
    distances = np.empty(windows.shape)
    np.put_along_axis(distances, order, sums, axis=1)
    return distances


@cache
def _orders(length: int) -> Places:
    """Return the places of the last values in random orders, the last first; the true order comes first."""
    longest = min(LONGEST, length - SHORTEST)
    random = np.random.default_rng([_SEED, length]).random((ORDERS, length)).argsort(axis=1)[:, :longest]
    return np.vstack([np.arange(length - 1, length - 1 - longest, -1), random])
