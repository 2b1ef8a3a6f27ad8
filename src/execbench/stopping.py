"""The rule that ends a trial's launches. It looks at what was measured, so the certification simulates it, too."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from execbench.settings import Settings
from execbench.stats import Floats

MOST_LAUNCHES = 3
"""Times the least number of launches: rounds far shorter than a lane's start would otherwise never spend their time."""


def is_enough(
    launches: int, spent: float | Floats, precision: float | Floats, settings: Settings
) -> npt.NDArray[np.bool_]:
    """Tell whether a trial needs no more launches, or has no more time; of many races at once where given arrays."""
    if launches < settings.launches:
        return np.zeros(np.shape(precision), dtype=np.bool_)
    precise, out_of_time = np.asarray(precision) <= settings.precision, np.asarray(spent) >= settings.max_time
    return np.asarray(precise | out_of_time | (launches >= MOST_LAUNCHES * settings.launches))
