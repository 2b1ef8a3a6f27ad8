"""Changes what the lane answers: every round took a thousandth of the time."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from execbench.lane.messages import Timed

caught_by = "race"


def backend(max_workers, /):
    lane = sys.modules["execbench.lane.__main__"]
    real = lane.encode

    def encode(message):
        return real(replace(message, seconds=message.seconds / 1000) if isinstance(message, Timed) else message)

    lane.encode = encode
    return ThreadPoolExecutor(max_workers)
