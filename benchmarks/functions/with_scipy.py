"""Optimization."""

from scipy.optimize import minimize


def _bowl(point, centre):
    return float(((point - centre) ** 2).sum())


def lowest(centre):
    """Return where a bowl is lowest, and how that was found."""
    return minimize(_bowl, [0.0, 1.0], args=(centre,))
