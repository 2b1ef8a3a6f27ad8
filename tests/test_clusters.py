"""Races on existing clusters: real schedulers and workers, each on its own loopback address."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest

from execbench.records import artifact
from execbench.records.record import Record
from execbench.supervisor.process_tree import MARK, ProcessTree
from tests.conftest import Command

WORKLOAD = '''
"""Tasks that record that they ran."""

import os
import time

from execbench import Workload


def fn(task):
    with open(os.path.join(task[1], "ran"), "a") as file:
        file.write(f"{task[0]}\\n")
    time.sleep(0.005)
    return task[0]


def tasks(size, *, folder: str):
    return [(number, folder) for number in range(size)]


workload = Workload(fn=fn, tasks=tasks, size=12)
'''


PYTHON = (sys.executable, "-m")


@dataclass(frozen=True)
class Cluster:
    """What a test needs to know about a cluster, and the last node, which a test kills."""

    backend: str
    hosts: str
    max_workers: int
    folder: Path
    last_node: ProcessTree


@contextmanager
def _node(*command: str, **environment: str) -> Iterator[ProcessTree]:
    """Run a cluster's program, and end it with all processes it started, wherever they went."""
    mark = f"cluster-{secrets.token_hex(8)}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(
        command,
        env={**os.environ, **environment, MARK: mark},
        **quiet,  # type: ignore[call-overload]
    ) as process:
        tree = ProcessTree(mark, process.pid)
        try:
            yield tree
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
            tree.end()


def _until(ready: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "the test waited in vain"
        time.sleep(0.05)


@pytest.fixture
def dask_cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A Dask scheduler on 127.0.0.1, and workers on 127.0.0.1, 127.0.0.2 and 127.0.0.3."""
    distributed = pytest.importorskip("distributed")
    file = str(tmp_path / "scheduler.json")
    common = ("--scheduler-file", file, "--no-dashboard")
    folders = {"PYTHONPATH": str(tmp_path), "DASK_TEMPORARY_DIRECTORY": str(tmp_path)}
    with ExitStack() as nodes:
        scheduler = ("scheduler", "--host", "127.0.0.1", "--port", "0")
        nodes.enter_context(_node(*PYTHON, "dask", *scheduler, *common, **folders))
        _until(Path(file).exists)
        for host in ("127.0.0.1", "127.0.0.2", "127.0.0.3"):
            own = ("--host", host, "--nthreads", "1", "--local-directory", str(tmp_path / host))
            last = nodes.enter_context(_node(*PYTHON, "dask", "worker", *common, *own, **folders))
        with distributed.Client(scheduler_file=file, timeout=30, set_as_default=False) as client:
            client.wait_for_workers(3, timeout=60)
            address = client.scheduler.address
        yield Cluster(f"dask[address={address}]", "127.0.0.1, 127.0.0.2, 127.0.0.3", 3, tmp_path, last)


@pytest.fixture
def ray_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A Ray head on 127.0.0.2 and a second node on 127.0.0.3: to Ray, 127.0.0.1 is "this machine" on every node."""
    pytest.importorskip("ray")
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    settings = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "1", "RAY_USAGE_STATS_ENABLED": "0", "PYTHONPATH": str(tmp_path)}
    port = _free_port("127.0.0.2")
    start = ("ray.scripts.scripts", "start", "--block", "--num-cpus", "1", "--min-worker-port=0", "--max-worker-port=0")
    with ExitStack() as nodes:
        short = tempfile.mkdtemp(prefix="ray-", dir="/tmp")  # a socket's path has 107 characters at most
        nodes.callback(shutil.rmtree, short, ignore_errors=True)
        head = ("--head", "--port", port, "--include-dashboard", "false", "--temp-dir", short)
        nodes.enter_context(_node(*PYTHON, *start, *head, "--node-ip-address", "127.0.0.2", **settings))
        _until(lambda: _answers("127.0.0.2", int(port)))
        join = ("--address", f"127.0.0.2:{port}", "--node-ip-address", "127.0.0.3")
        last = nodes.enter_context(_node(*PYTHON, *start, *join, **settings))
        yield Cluster(f"ray[address=127.0.0.2:{port}]", "127.0.0.2, 127.0.0.3", 2, tmp_path, last)


@pytest.fixture
def spark_cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A Spark master on 127.0.0.1, and workers on 127.0.0.2 and 127.0.0.3."""
    pyspark = pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.skip("there is no Java")
    program = str(Path(pyspark.__file__).parent / "bin" / "spark-class")
    port, page = _free_port("127.0.0.1"), _free_port("127.0.0.1")
    address = f"spark://127.0.0.1:{port}"
    java = f"-XX:-UsePerfData -Djava.io.tmpdir={tmp_path}"  # or it leaves files in /tmp
    common = {"JAVA_TOOL_OPTIONS": java, "PYTHONPATH": str(tmp_path)}
    with ExitStack() as nodes:
        master = ("org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", port, "--webui-port", page)
        nodes.enter_context(_node(program, *master, SPARK_LOCAL_IP="127.0.0.1", **common))
        for host in ("127.0.0.2", "127.0.0.3"):
            own = (
                "--host",
                host,
                "--webui-port",
                "0",
                "--cores",
                "1",
                "--memory",
                "1g",
                "--work-dir",
                str(tmp_path / host),
            )
            worker = ("org.apache.spark.deploy.worker.Worker", *own, address)
            last = nodes.enter_context(_node(program, *worker, SPARK_LOCAL_IP=host, **common))
        _until(lambda: _text(f"http://127.0.0.1:{page}/json/").count("ALIVE") == 3)
        yield Cluster(f"spark[master={address}]", "127.0.0.2, 127.0.0.3", 2, tmp_path, last)


def _free_port(host: str) -> str:
    with socket.create_server((host, 0)) as server:
        return str(server.getsockname()[1])


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def _text(address: str) -> str:
    """Return a page, or nothing while it is not there."""
    with suppress(OSError), urlopen(address, timeout=10) as answer:
        return str(answer.read(), "utf-8")
    return ""


@pytest.fixture(params=["dask", "ray", "spark"])
def cluster(request: pytest.FixtureRequest, tmp_path: Path) -> Cluster:
    """Each kind of cluster, with nodes that can import the workload."""
    (tmp_path / "telling.py").write_text(WORKLOAD)
    found: Cluster = request.getfixturevalue(f"{request.param}_cluster")
    return found


def _race(cluster: Cluster, *more: str) -> subprocess.Popen[str]:
    workload = f"{cluster.folder / 'telling.py'}[folder={cluster.folder}]"
    command = [sys.executable, "-m", "execbench", "run", "-w", workload, "-b", cluster.backend, "--launches", "1"]
    command += ["--max-workers", str(cluster.max_workers), "--json", str(cluster.folder / "artifact.json"), *more]
    return subprocess.Popen(command, cwd=cluster.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_race_on_a_cluster(cluster: Cluster) -> None:
    """A race on an existing cluster succeeds, and its report names the cluster, its hosts and workers."""
    with _race(cluster) as race:
        output, errors = race.communicate(timeout=120)
    assert race.returncode == 0, output + errors
    (record,) = [record for record in _records(cluster) if record.backend != "serial"]
    assert record.ok
    assert record.cluster is not None
    assert ", ".join(record.cluster.hosts) == cluster.hosts
    assert record.cluster.workers == cluster.max_workers
    line = f"ran on the cluster at {record.cluster.address}: {cluster.max_workers} workers on {cluster.hosts};"
    assert line in " ".join(output.split())


def test_node_dies_during_a_race(cluster: Cluster) -> None:
    """If a node is killed, the results stay right or the trial fails with a reason; the baseline is measured."""
    with _race(cluster, "--min-rounds", "60", "--round-timeout", "10") as race:
        ran = cluster.folder / "ran"
        # Three rounds of the baseline and three of the cluster: timed rounds have begun.
        _until(lambda: ran.exists() and ran.read_text().count("\n") > 72)
        cluster.last_node.end()
        output, errors = race.communicate(timeout=200)
    by_name = {record.backend: record for record in _records(cluster)}
    assert by_name["serial"].ok
    trial = by_name[cluster.backend.partition("[")[0]]
    assert trial.ok or (trial.status in ("hung", "raised", "died") and trial.reason), output + errors
    assert race.returncode == (0 if trial.ok else 1)


def _records(cluster: Cluster) -> list[Record]:
    return artifact.read(cluster.folder / "artifact.json").records


@pytest.mark.parametrize(
    ("name", "address"), [("dask", "tcp://127.0.0.1:9"), ("ray", "127.0.0.1:9"), ("spark", "spark://127.0.0.1:9")]
)
def test_unreachable_cluster(tmp_path: Path, execbench: Command, name: str, address: str) -> None:
    """A cluster that does not answer fails the trial before opening times out; the reason contains the address."""
    pytest.importorskip({"dask": "distributed", "spark": "pyspark"}.get(name, name))
    option = "master" if name == "spark" else "address"
    path = tmp_path / "artifact.json"
    finished = execbench("run", "-w", "noop", "-b", f"{name}[{option}={address}]", "--launches", 1, "--json", path)
    assert finished.returncode == 1
    (failed,) = [record for record in artifact.read(path).records if not record.ok]
    assert failed.status == "not_opened"
    assert address in str(failed.reason).partition("\n")[0]
