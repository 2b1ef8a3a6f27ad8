"""The examination: look at the machine at rest and during a race, then let each check say what it saw."""

from collections.abc import Callable

from execbench.doctor import cpus, memory, software
from execbench.doctor.files import Files, Unseen
from execbench.doctor.machine import Machine
from execbench.doctor.precision import precision
from execbench.doctor.twice import Twice, choose_twice, race_twice
from execbench.doctor.watch import Counters, watch_rest
from execbench.racing.race import Progress
from execbench.records.diagnosis import Diagnosis, Sign
from execbench.supervisor.lane import Nursery

CHECKS: tuple[Callable[[Machine], Sign], ...] = (
    precision,
    cpus.programs,
    cpus.quota,
    cpus.steal,
    cpus.smt,
    cpus.governor,
    cpus.turbo,
    cpus.power,
    memory.memory,
    memory.swap,
    memory.layout,
    software.blas,
    software.bytecode,
)
"""Each is named by what it looks at."""


def examine(nursery: Nursery, workload: str, backend: str, progress: Progress) -> Diagnosis:
    """Examine this machine; BadInput if the workload or the backend cannot be raced against itself."""
    trials, files = choose_twice(nursery, workload, backend), Files()
    progress("doctor: looking at other programs")
    rest = watch_rest(files)
    before = Counters.now(files)
    try:
        twice: Twice | Unseen = race_twice(nursery, trials, lambda text: progress(f"doctor: {text}"))
    except Unseen as reason:
        twice = reason
    machine = Machine(files, rest, twice, Counters.now(files).since(before))
    progress("doctor: looking at the settings")
    return diagnose(machine)


def diagnose(machine: Machine) -> Diagnosis:
    """Let each check look at a machine; one that cannot see what it looks for says why."""
    return Diagnosis({check.__name__: _sign(check, machine) for check in CHECKS})


def _sign(check: Callable[[Machine], Sign], machine: Machine) -> Sign:
    try:
        return check(machine)
    except Unseen as reason:
        return Sign("unknown", str(reason))
    except OSError as error:  # a library that reads such a file, too
        return Sign("unknown", f"{error.filename}: {error.strerror}")
