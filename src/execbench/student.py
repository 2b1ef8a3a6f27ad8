"""Student's t distribution: the chance beyond a value, and the value beyond which a chance lies. Arrays in, arrays out.

The chance is an incomplete beta function, by its continued fraction (DLMF 8.17.22); the value is found by Newton's
method on logarithms, where a heavy tail is a straight line. SciPy has both, but takes 140 MB; tests compare with it.
"""

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

MAX_FREEDOM = 1e6
"""Degrees of freedom are limited to this, which is more than launches ever give."""

_MAX_STEPS = 50
_PRECISION = 1e-13
_MAX_VALUE = 1e150
"""Its square is still finite, and the chance beyond it is 0."""

_log_gamma = np.vectorize(math.lgamma, otypes=[np.float64])


def chance_beyond(value: npt.ArrayLike, freedom: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return P(T > value).

    Args:
        value: may be infinite; its shape broadcasts with that of `freedom`.
        freedom: degrees of freedom, above 0.
    """
    t, nu = np.broadcast_arrays(np.asarray(value, np.float64), np.minimum(freedom, MAX_FREEDOM))
    beyond = _tail(np.minimum(np.abs(t), _MAX_VALUE), nu)
    return np.where(t < 0, 1 - beyond, beyond)


def value_beyond(chance: float, freedom: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the value with P(T > value) = `chance`, which is at most one half, in the shape of `freedom`."""
    nu = np.minimum(freedom, MAX_FREEDOM, dtype=np.float64)
    if nu.size and nu.min() == nu.max():
        return np.full(nu.shape, _value_beyond_once(chance, float(nu.flat[0])))
    return _value_beyond(chance, nu)


@lru_cache(maxsize=4096)
def _value_beyond_once(chance: float, freedom: float) -> float:
    """Do the same for one number, cached: races have few different degrees of freedom."""
    return float(_value_beyond(chance, np.array([freedom]))[0])


def _value_beyond(chance: float, nu: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    if chance >= 0.5:
        return np.zeros(nu.shape)
    normal = NormalDist().inv_cdf(1 - chance) if chance > 1e-15 else 8.0
    t = normal + (normal**3 + normal) / (4 * nu)
    for _ in range(_MAX_STEPS):
        tail = _tail(t, nu)
        step = np.log(tail / chance) * tail / (t * _density(t, nu))
        t = t * np.exp(np.clip(step, -5, 5))
        if np.all(np.abs(step) < _PRECISION):
            break
    return np.asarray(t)


def _density(t: npt.NDArray[np.float64], nu: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(np.exp(-(nu + 1) / 2 * np.log1p(t * t / nu) - _log_beta(nu / 2)) / np.sqrt(nu))


def _tail(t: npt.NDArray[np.float64], nu: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The chance beyond values of at least 0: half of I_x(nu / 2, 1 / 2) with x = nu / (nu + t²)."""
    square = t * t / nu
    x, rest = 1 / (1 + square), square / (1 + square)
    a = nu / 2
    with np.errstate(divide="ignore"):  # a value of 0 has the logarithm of 0, and then the factor 0
        factor = np.exp(-a * np.log1p(square) + np.log(rest) / 2 - _log_beta(a))
    # The fraction converges quickly on one side of the distribution's middle; the other side is the complement.
    below = x < (a + 1) / (a + 2.5)
    fraction = _fraction(np.where(below, a, 0.5), np.where(below, 0.5, a), np.where(below, x, rest))
    half = factor * fraction / 2
    return np.where(below, half / a, 0.5 - half / 0.5)


def _fraction(
    a: npt.NDArray[np.float64], b: npt.NDArray[np.float64], x: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The continued fraction of the incomplete beta function, from its last term to its first."""
    terms = int(40 + 3 * math.sqrt(max(float(a.max()), float(b.max())))) if a.size else 0
    found = np.ones(a.shape)
    for m in range(terms, -1, -1):
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        found = 1 + odd / found
        if m:
            even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            found = 1 + even / found
    return 1 / found


def _log_beta(a: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The logarithm of B(a, 1/2)."""
    return np.asarray(_log_gamma(a) + math.lgamma(0.5) - _log_gamma(a + 0.5)) if a.size else a
