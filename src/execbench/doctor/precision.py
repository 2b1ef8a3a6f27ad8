"""The check of what a race can see here: half the width of the interval of a trial's ratio to itself."""

from execbench.doctor.files import Unseen
from execbench.doctor.machine import Machine
from execbench.doctor.twice import GOOD
from execbench.records.diagnosis import Sign
from execbench.report.numbers import percent


def precision(machine: Machine) -> Sign:
    """How small a difference a default race can see."""
    twice = machine.twice
    if isinstance(twice, Unseen):
        raise twice
    width = twice.ratio.precision
    seen = f"differences of {percent(width, 1)} and more can be seen in a default race"
    seen += f", as {twice.trial} against itself shows"
    numbers = {"half_width": width, "ratio": twice.ratio.estimate, "launches": twice.launches}
    if width <= GOOD:
        return Sign("good", seen, numbers=numbers)
    costs = "smaller differences are ties, or unclear"
    remedy = "what the warnings say"
    if twice.needed:
        remedy += f", or execbench run --launches {twice.needed}"
    return Sign("warn", seen, costs, remedy, numbers)
