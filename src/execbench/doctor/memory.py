"""Checks of the memory: swap, room, and where programs lie in it."""

from contextlib import suppress

from execbench.doctor import cgroup
from execbench.doctor.files import Unseen
from execbench.doctor.machine import Machine
from execbench.environment import available_memory
from execbench.records.diagnosis import Sign
from execbench.report import numbers

_LITTLE = 2**30
"""Bytes: seven lanes that import pandas, each with two workers, need about as much."""
_PERSONALITY_WITHOUT = 0x0040000
"""ADDR_NO_RANDOMIZE of personality(2)."""


def memory(machine: Machine) -> Sign:
    """How much memory a race may use."""
    free = available_memory()
    with suppress(Unseen):  # without control groups, nothing else limits it
        free = min(free, cgroup.memory_limit(machine.files) or free)
    seen = f"{numbers.memory(free)} of memory are free for us"
    if free >= _LITTLE:
        return Sign("good", seen, numbers={"free_bytes": free})
    costs = "all lanes of a race are open at once: with too little, the system swaps, or ends one of them"
    return Sign("warn", seen, costs, "name fewer backends (-b), or lower --max-workers", {"free_bytes": free})


def swap(machine: Machine) -> Sign:
    """Whether memory went to a disk and back during the race."""
    pages = machine.during.swapped_pages
    if pages is None:
        raise Unseen("the system does not count what it swaps")
    if not pages:
        return Sign("good", "nothing was swapped during the race", numbers={"pages": 0})
    costs = "a round that waits for the disk takes many times as long"
    remedy = "end what takes the memory, then: sudo swapoff -a && sudo swapon -a"
    return Sign("warn", f"{pages:,} pages were swapped during the race", costs, remedy, {"pages": pages})


def layout(machine: Machine) -> Sign:
    """Whether each process gets other addresses, so that luck with them is spread over the launches."""
    randomised = machine.files.text("/proc/sys/kernel/randomize_va_space")
    personality = machine.files.text_or_none("/proc/self/personality") or "0"
    costs = "all launches have the same luck with their addresses, which their interval does not show"
    if int(personality, 16) & _PERSONALITY_WITHOUT:
        return Sign("warn", "this shell's programs all get the same addresses", costs, "start it without setarch -R")
    if randomised == "2":
        return Sign("good", "each process gets addresses of its own")
    return Sign("warn", "processes get the same addresses", costs, "sudo sysctl kernel.randomize_va_space=2")
