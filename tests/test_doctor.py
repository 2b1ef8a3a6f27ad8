"""`execbench doctor`: what it sees of machines that lie here as files, and of this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from execbench.doctor import cpus, memory, software
from execbench.doctor.examine import CHECKS, diagnose
from execbench.doctor.files import Files, Unseen
from execbench.doctor.machine import Machine
from execbench.doctor.precision import precision
from execbench.doctor.twice import Twice
from execbench.doctor.watch import Counters, Rest, watch_rest
from execbench.records import artifact
from execbench.records.diagnosis import Diagnosis, Sign
from execbench.report import write
from execbench.report.diagnosis import diagnosis_document
from execbench.report.render.terminal import as_text
from execbench.stats import Interval
from tests.conftest import Command

CPU = "sys/devices/system/cpu"
QUIET = Counters(cpu_seconds=20.0, busy_seconds=5.0, stolen_seconds=0.0, throttled_seconds=0.0, swapped_pages=0)
SAME = Twice("spin/serial", Interval(1.0, 0.99, 1.01), launches=5, needed=6)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A quiet machine that shows nothing of itself."""
    return Machine(Files(tmp_path), Rest(0.0, {"idle": 0.0}), SAME, QUIET, packages=tmp_path)


def lay(machine: Machine, files: Mapping[str, str]) -> Machine:
    """Let a machine have these files."""
    for name, text in files.items():
        path = machine.files.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
    return machine


def but(machine: Machine, **changes: object) -> Machine:
    """Return the machine with changes."""
    return Machine(**{**vars(machine), **changes})


def during(**counted: float) -> Counters:
    """Return what is counted on a quiet machine, with changes."""
    return Counters(**{**vars(QUIET), **counted})


# This machine.


@pytest.fixture(scope="module")
def run(execbench: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifact of a short run with `--doctor`, with its report and what was printed beside it."""
    folder = tmp_path_factory.mktemp("run")
    little = ("-w", "spin", "-b", "threads", "--size", 5, "--launches", 1, "--min-rounds", 1, "--max-time", 0.01)
    finished = execbench("run", "--doctor", *little, "--json", folder / "a.json", "--report", folder / "a.md")
    assert finished.returncode == 0, finished.stderr
    (folder / "printed").write_text(finished.stdout)
    return folder / "a.json"


def diagnosis_of(run: Path) -> Diagnosis:
    """Return what the artifact says of the machine."""
    info = artifact.read(run).execbench
    assert isinstance(info, artifact.RunInfo)
    assert isinstance(info.doctor, Diagnosis)
    return info.doctor


def test_run_keeps_what_the_doctor_saw(run: Path) -> None:
    """`run --doctor` keeps in the artifact what every check saw, before the trials."""
    found = diagnosis_of(run)
    assert list(found.signs) == [check.__name__ for check in CHECKS]
    ours = list(json.loads(run.read_text())["execbench"])
    assert ours.index("doctor") < ours.index("failed")


def test_race_against_itself(run: Path) -> None:
    """The race of a trial against itself has the default number of launches, and a width above nothing."""
    numbers = diagnosis_of(run).signs["precision"].numbers
    assert numbers["launches"] >= 5
    assert numbers["half_width"] > 0


def test_run_says_it_first(run: Path) -> None:
    """`run --doctor` prints it before the races, and the report begins with it."""
    said = diagnosis_of(run).signs["precision"].seen
    said = f"D{said[1:].partition(',')[0]}"
    printed = " ".join(run.with_name("printed").read_text().split())
    assert printed.index(said) < printed.index("spin: 5 tasks")
    report = run.with_name("a.md").read_text()
    assert report.index(said) < report.index("`spin`:")


def test_unknown_workload(execbench: Command) -> None:
    """A workload that there is not is refused in a line."""
    finished = execbench("doctor", "-w", "nosuch")
    assert finished.returncode == 2
    assert "execbench: no workload is named 'nosuch'" in finished.stderr
    assert finished.stderr.count("\n") == 1


def test_failing_trial_leaves_the_rest(execbench: Command, broken: Path) -> None:
    """If the trial cannot be raced, its line says why, and every other check says what it saw."""
    finished = execbench("doctor", "--format", "json", "-b", broken / "cannot_enter.py")
    assert finished.returncode == 0, finished.stderr
    signs = json.loads(finished.stdout)["signs"]
    assert len(signs) == len(CHECKS)
    assert signs["precision"]["state"] == "unknown"
    assert "against itself failed" in signs["precision"]["seen"]


@pytest.mark.skipif(not sys.platform.startswith("linux") or os.getuid() != 0, reason="mounting takes root")
def test_without_proc_and_sys(tmp_path: Path) -> None:
    """Where /proc and /sys show nothing, each check says so in a line."""
    script = 'mount -t tmpfs none /sys && mount -t tmpfs none /proc && exec "$0" -m execbench doctor --format json'
    command = ["unshare", "--mount", "sh", "-c", script, sys.executable]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    if "mount:" in finished.stderr or "unshare:" in finished.stderr:
        pytest.skip("this machine lets nobody mount")
    assert finished.returncode == 0, finished.stderr
    assert "Traceback" not in finished.stderr
    signs = json.loads(finished.stdout)["signs"]
    assert {check for check, sign in signs.items() if sign["state"] == "unknown"} >= {"precision", "quota", "steal"}
    assert signs["bytecode"]["state"] != "unknown"


@contextmanager
def busy_program() -> Iterator[str]:
    """Run a program that uses a CPU, and yield its name."""
    command = [sys.executable, "-c", "print(flush=True)\nwhile True: pass"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        program.stdout.readline()
        yield psutil.Process(program.pid).name()
        program.kill()


def test_other_programs_are_named(machine: Machine) -> None:
    """A program that uses a CPU is named, and costs precision."""
    with busy_program() as name:
        rest = watch_rest(Files(), seconds=0.3)
    assert rest.programs[name] > 0.05
    sign = cpus.programs(but(machine, rest=Rest(rest.busy_cpus, {name: 0.9})))
    assert sign.state == "warn"
    assert f"({name} 90 % of a CPU)" in sign.seen


def test_own_threads_of_numpy(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Library threads that the user's variables ask for are counted in NumPy, and the fix unsets these variables."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    assert software.blas(machine).state == "good"
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    sign = software.blas(machine)
    assert (sign.state, sign.numbers["threads_per_worker"]) == ("warn", 2)
    assert sign.remedy == "unset OPENBLAS_NUM_THREADS"


def test_uncompiled_packages(machine: Machine, tmp_path: Path) -> None:
    """Installed modules without bytecode cost precision until the command that is named has compiled them."""
    (tmp_path / "package").mkdir()
    for number in range(60):
        (tmp_path / "package" / f"m{number}.py").touch()
    sign = software.bytecode(machine)
    assert (sign.state, sign.numbers) == ("warn", {"modules": 60, "uncompiled": 60})
    subprocess.run(sign.remedy, shell=True, check=True)
    assert software.bytecode(machine).state == "good"


def test_every_check_is_documented() -> None:
    """The page on the doctor explains every check."""
    page = (Path(__file__).parent.parent / "docs" / "doctor.md").read_text()
    assert [check for check in (check.__name__ for check in CHECKS) if f"| `{check}` |" not in page] == []


# Other machines, as they show themselves.

V2 = {"proc/self/cgroup": "0::/outer/inner"}
V1 = {"proc/self/cgroup": "4:memory:/x\n1:cpu,cpuacct:/\n0::/"}


@pytest.mark.parametrize(
    ("files", "allowed"),
    [
        ({**V2, "sys/fs/cgroup/outer/inner/cpu.max": "150000 100000"}, 1.5),
        ({**V2, "sys/fs/cgroup/outer/inner/cpu.max": "max 100000", "sys/fs/cgroup/outer/cpu.max": "50000 100000"}, 0.5),
        ({**V2, "sys/fs/cgroup/outer/inner/cpu.max": "9 1", "sys/fs/cgroup/outer/cpu.max": "4 1"}, 4.0),
        ({"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "200000 100000"}, 2.0),
        ({**V1, "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "25000", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000"}, 0.25),
        ({"proc/self/cgroup": "0::/on/the/host", "sys/fs/cgroup/cpu.max": "300000 100000"}, 3.0),
    ],
    ids=["own group", "group above", "lower group above", "root", "version 1", "container"],
)
def test_quota(machine: Machine, files: Mapping[str, str], allowed: float) -> None:
    """The lowest quota of the process's groups is found, and costs precision once it has stopped the race."""
    sign = cpus.quota(lay(machine, files))
    assert (sign.state, sign.numbers["cpus"]) == ("good", allowed)
    sign = cpus.quota(but(machine, during=during(throttled_seconds=0.25)))
    assert (sign.state, sign.numbers["throttled_seconds"]) == ("warn", 0.25)


@pytest.mark.parametrize(
    "files",
    [
        {**V2, "sys/fs/cgroup/outer/inner/cpu.max": "max 100000"},
        {**V1, "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000"},
    ],
)
def test_no_quota(machine: Machine, files: Mapping[str, str]) -> None:
    """A control group without a quota limits nothing."""
    assert cpus.quota(lay(machine, files)).seen == "no control group limits the CPU time"


@pytest.mark.parametrize(
    ("files", "seconds"),
    [
        ({**V2, "sys/fs/cgroup/outer/inner/cpu.stat": "nr_throttled 3\nthrottled_usec 1500000"}, 1.5),
        ({**V1, "sys/fs/cgroup/cpu/cpu.stat": "nr_throttled 3\nthrottled_time 1500000000"}, 1.5),
    ],
)
def test_throttled(machine: Machine, files: Mapping[str, str], seconds: float) -> None:
    """The seconds for which a quota stopped us are read of either version of control groups."""
    assert Counters.now(lay(machine, files).files).throttled_seconds == seconds


def test_governor(machine: Machine) -> None:
    """One CPU that changes its frequency costs precision."""
    name = CPU + "/cpu{}/cpufreq/scaling_governor"
    lay(machine, {name.format(0): "performance", name.format(1): "performance"})
    assert cpus.governor(machine).state == "good"
    sign = cpus.governor(lay(machine, {name.format(1): "powersave"}))
    assert sign.state == "warn"
    assert "performance, powersave" in sign.seen


@pytest.mark.parametrize(("name", "off", "on"), [("intel_pstate/no_turbo", "1", "0"), ("cpufreq/boost", "0", "1")])
def test_turbo(machine: Machine, name: str, off: str, on: str) -> None:
    """Turbo costs precision, and the fix writes what turns it off."""
    assert cpus.turbo(lay(machine, {f"{CPU}/{name}": off})).state == "good"
    sign = cpus.turbo(lay(machine, {f"{CPU}/{name}": on}))
    assert sign.state == "warn"
    assert sign.remedy == f"echo {off} | sudo tee /{CPU}/{name}"


def test_power(machine: Machine) -> None:
    """A machine on battery costs precision."""
    assert cpus.power(lay(machine, {"sys/class/power_supply/AC/online": "1"})).state == "good"
    assert cpus.power(lay(machine, {"sys/class/power_supply/AC/online": "0"})).state == "warn"


def test_smt(machine: Machine) -> None:
    """Usable CPUs that share a core cost precision; those that this process may not use are not counted."""
    usable = sorted(os.sched_getaffinity(0))
    siblings = CPU + "/cpu{}/topology/thread_siblings_list"
    lay(machine, {siblings.format(max(usable) + 1): "0"})
    assert cpus.smt(lay(machine, {siblings.format(cpu): str(cpu) for cpu in usable})).state == "good"
    sign = cpus.smt(lay(machine, {siblings.format(cpu): "all" for cpu in [*usable, usable[-1]]}))
    assert sign.numbers == {"cpus": len(usable), "cores": 1}
    assert sign.state == ("warn" if len(usable) > 1 else "good")


@pytest.mark.parametrize(("stolen", "state"), [(0.1, "good"), (1.0, "warn")])
def test_steal(machine: Machine, stolen: float, state: str) -> None:
    """More than a hundredth of the CPU time that went to other guests costs precision."""
    assert cpus.steal(but(machine, during=during(stolen_seconds=stolen))).state == state


@pytest.mark.parametrize(("pages", "state"), [(0, "good"), (1, "warn")])
def test_swap(machine: Machine, pages: int, state: str) -> None:
    """A page that was swapped during the race costs precision."""
    assert memory.swap(but(machine, during=during(swapped_pages=pages))).state == state


def test_memory_limit(machine: Machine) -> None:
    """A control group's limit counts as the memory that there is."""
    lay(machine, {**V1, "sys/fs/cgroup/memory/x/memory.limit_in_bytes": str(10**8)})
    sign = memory.memory(machine)
    assert (sign.state, sign.numbers) == ("warn", {"free_bytes": 10**8})


@pytest.mark.parametrize(
    ("randomised", "personality", "state"),
    [("2", "00000000", "good"), ("0", "00000000", "warn"), ("2", "00040000", "warn")],
)
def test_layout(machine: Machine, randomised: str, personality: str, state: str) -> None:
    """Addresses that are the same in each process cost precision."""
    files = {"proc/sys/kernel/randomize_va_space": randomised, "proc/self/personality": personality}
    assert memory.layout(lay(machine, files)).state == state


def test_shows_nothing(machine: Machine) -> None:
    """A machine that shows nothing is unknown, check by check, and the race's failure is one of them."""
    nothing = Counters(None, None, None, None, None)
    found = diagnose(but(machine, during=nothing, rest=Rest(None, {}), twice=Unseen("no race")))
    unknown = [check for check, sign in found.signs.items() if sign.state == "unknown"]
    assert set(unknown) == {
        *("precision", "programs", "quota", "steal", "governor", "turbo", "power", "swap", "layout")
    }
    assert found.signs["precision"].seen == "no race"


def test_counters_count_from_the_first_reading() -> None:
    """What was counted before is taken off, and what one of the readings lacks is unknown."""
    counted = Counters(9.0, 4.0, None, 1.5, 7).since(Counters(4.0, 3.0, 1.0, 1.0, 7))
    assert counted == Counters(5.0, 1.0, None, 0.5, 0)


# What is said.


def test_wide_interval(machine: Machine) -> None:
    """A wide interval says how small a difference can be seen, and how many launches help."""
    twice = Twice("spin/serial", Interval(1.0, 0.88, 1.12), launches=5, needed=17)
    sign = precision(but(machine, twice=twice))
    assert sign.seen.startswith("differences of 12.0 % and more can be seen in a default race")
    assert sign.remedy.endswith("execbench run --launches 17")


FOUND = Diagnosis(
    {
        "precision": Sign("good", "differences of 2.0 % and more can be seen"),
        "quota": Sign("good", "no control group limits the CPU time"),
        "governor": Sign("warn", "the governor is powersave", "the first rounds are slow", "sudo cpupower\x1b[31m"),
        "steal": Sign("unknown", "the system does not count it"),
    }
)


def test_text() -> None:
    """The answer comes first, then the warnings with what they cost and their fix, then the rest."""
    assert as_text(diagnosis_document(FOUND)).splitlines() == [
        "Differences of 2.0 % and more can be seen",
        "warn governor: the governor is powersave. The first rounds are slow. Fix: sudo cpupower\\x1b[31m",
        "good quota: no control group limits the CPU time",
        "unknown steal: the system does not count it",
    ]


@pytest.mark.parametrize("form", ["html", "markdown", "csv"])
def test_every_form(form: write.Form) -> None:
    """HTML, Markdown and CSV hold every line, too."""
    text = write.rendered(diagnosis_document(FOUND), form)
    for sign in FOUND.signs.values():
        assert sign.seen[1:] in text
