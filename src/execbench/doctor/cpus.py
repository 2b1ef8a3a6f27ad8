"""Checks of the CPUs: how many there are, how fast they run, and who else has them."""

import os
import re

import psutil

from execbench.doctor import cgroup
from execbench.doctor.files import Unseen
from execbench.doctor.machine import Machine
from execbench.environment import usable_cpus
from execbench.records.diagnosis import Sign

_CPUS = "/sys/devices/system/cpu"
BUSY_SHARE = 0.05
"""Of the usable CPUs: what other programs may take before they cost precision."""
STOLEN_SHARE = 0.01
_NAMED = 3
"""How many of the other programs are named."""
_MIN_NAMED = 0.01


def quota(machine: Machine) -> Sign:
    """Whether a control group allows less than the CPUs that there are."""
    allowed = cgroup.cpu_quota(machine.files)
    stopped = machine.during.throttled_seconds or 0.0
    if allowed is None:
        return Sign("good", "no control group limits the CPU time")
    seen = f"a control group allows the time of {allowed:g} CPUs"
    numbers = {"cpus": allowed, "throttled_seconds": stopped}
    if stopped:
        return Sign(
            "warn",
            f"{seen}, and stopped us for {stopped:.2g} s in the race",
            costs="rounds that use it up stand still until its next period, often 100 ms later",
            remedy=f"raise the quota (docker run --cpus), or execbench run --max-workers {max(1, int(allowed))}",
            numbers=numbers,
        )
    costs = "more workers than that stand still for part of each period"
    return Sign("good", f"{seen}, and never stopped us", costs=costs, numbers=numbers)


def governor(machine: Machine) -> Sign:
    """Whether the CPUs keep to one frequency when they have work."""
    governors = set(machine.files.texts(_CPUS, "cpu[0-9]*/cpufreq/scaling_governor").values())
    if not governors:
        raise Unseen("the system shows no CPU frequencies, as in most virtual machines")
    if governors == {"performance"}:
        return Sign("good", "all CPUs use the governor performance")
    return Sign(
        "warn",
        f"the governor is {', '.join(sorted(governors))}",
        costs="the first rounds after a rest run at a lower frequency, those of short tasks most",
        remedy="sudo cpupower frequency-set --governor performance",
    )


def turbo(machine: Machine) -> Sign:
    """Whether the frequency rises above the nominal one for as long as the CPU is cool."""
    for path, off in ((f"{_CPUS}/intel_pstate/no_turbo", "1"), (f"{_CPUS}/cpufreq/boost", "0")):
        text = machine.files.text_or_none(path)
        if text == off:
            return Sign("good", "the CPUs do not run above their nominal frequency")
        if text is not None:
            return Sign(
                "warn",
                "the CPUs run above their nominal frequency while they are cool and few are busy",
                costs="one busy CPU is faster than many, so that speedups look smaller, and runs drift with the heat",
                remedy=f"echo {off} | sudo tee {path}",
            )
    raise Unseen("the system shows no such setting, as in most virtual machines")


def power(machine: Machine) -> Sign:
    """Whether the machine saves its battery."""
    mains = machine.files.texts("/sys/class/power_supply", "*/online")
    if not mains:
        raise Unseen("the system shows no power supply, as in most virtual machines")
    if "1" in mains.values():
        return Sign("good", "the power cable is plugged in")
    costs = "the CPUs slow down to save the battery"
    return Sign("warn", "it runs on battery", costs=costs, remedy="plug in the power cable")


def smt(machine: Machine) -> Sign:
    """Whether usable CPUs share a core."""
    cpus, cores = _cpus_and_cores(machine)
    numbers = {"cpus": cpus, "cores": cores}
    if cores >= cpus:
        return Sign("good", "each usable CPU is a core of its own", numbers=numbers)
    return Sign(
        "warn",
        f"the {cpus} usable CPUs are threads of {cores} cores",
        costs=f"more than {cores} workers slow each other, and where a worker lands changes its time",
        remedy=f"execbench run --max-workers {cores}, or echo off | sudo tee {_CPUS}/smt/control",
        numbers=numbers,
    )


def programs(machine: Machine) -> Sign:
    """Which other programs use the CPUs."""
    rest, cpus = machine.rest, os.cpu_count() or 1
    if rest.busy_cpus is None and not rest.programs:
        raise Unseen("the system does not show what uses its CPUs")
    busy = sum(rest.programs.values()) if rest.busy_cpus is None else rest.busy_cpus
    named = [f"{name} {100 * used:.0f} %" for name, used in rest.programs.items() if used > _MIN_NAMED][:_NAMED]
    said = f" ({', '.join(named)} of a CPU)" if named else ""
    seen = f"in a second of rest, others used {100 * min(1.0, busy / cpus):.0f} % of the machine's {cpus} CPUs{said}"
    numbers = {"busy_cpus": busy, "cpus": cpus}
    if busy / cpus <= BUSY_SHARE:
        return Sign("good", seen, numbers=numbers)
    return Sign(
        "warn",
        seen,
        costs="workers wait for a CPU, so that backends with many workers look slower than they are",
        remedy="stop them" if named else "stop what runs outside this container",
        numbers=numbers,
    )


def steal(machine: Machine) -> Sign:
    """How much of our CPU time the host gave to other guests."""
    stolen, whole = machine.during.stolen_seconds, machine.during.cpu_seconds
    if stolen is None or not whole:
        raise Unseen("the system does not count the time that a host gives to others")
    share = stolen / whole
    seen = f"a host gave {100 * share:.2g} % of the CPU time in the race to other guests"
    if share <= STOLEN_SHARE:
        return Sign("good", seen, numbers={"share": share})
    return Sign(
        "warn",
        seen,
        costs="rounds that it hits are longer, and no program here shows why",
        remedy="use a machine with CPUs of its own, or more launches",
        numbers={"share": share},
    )


def _cpus_and_cores(machine: Machine) -> tuple[int, int]:
    """Return how many CPUs this process may run on, and on how many cores they are."""
    siblings = machine.files.texts(_CPUS, "cpu[0-9]*/topology/thread_siblings_list")
    usable = getattr(os, "sched_getaffinity", lambda pid: range(len(siblings)))(0)
    here = [text for name, text in siblings.items() if int(re.sub(r"\D.*", "", name[len("cpu") :])) in usable]
    if here:
        return len(here), len(set(here))
    cores = psutil.cpu_count(logical=False)
    if cores is None:
        raise Unseen("the system does not say which CPUs share a core")
    return usable_cpus(), cores
