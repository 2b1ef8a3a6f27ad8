"""Tasks that need tens of megabytes each, for a moment."""

import numpy as np


def grown(number):
    return float(np.full(6_000_000, float(number)).max())


def listed(number):
    return len([(place, number) for place in range(60_000)])
