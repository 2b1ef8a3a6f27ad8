"""Spark: Python workers beside a Java process, here or on the nodes of a standalone cluster.

A map is one job, whose partitions are the chunks. If started here, its processes listen on this machine's loopback.
Pick it where the data is in Spark anyway: opening takes seconds, and a job a tenth of a second. Spark needs Java 17 or
newer. The workers of a cluster must be able to import your modules, and execbench.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Optional

from py4j.protocol import Py4JJavaError
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkRuntimeError

from execbench import Chunks, Recipe, Unavailable

_CONNECT_SECONDS = 10
_CORES_SECONDS = 20
_END_SECONDS = 5
_NO_FOLDER = "-XX:-UsePerfData"
"""An option of Java, which leaves a folder in /tmp without it."""
_LISTEN_HERE = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
"""Otherwise it listens where other machines reach it."""
_QUIET = {
    "spark.app.name": "execbench",
    "spark.log.level": "OFF",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


@contextmanager
def backend(max_workers: int, /, *, master: Optional[str] = None) -> Iterator[_Jobs]:
    """Use the cluster at `master`, or start Spark here; leaving stops Spark, or releases the cluster's workers.

    Args:
        max_workers: the number of Python workers.
        master: the address of a standalone cluster, such as `spark://127.0.0.1:7077`.

    Raises:
        ConnectionError: nothing listens at the address.
        TimeoutError: the cluster has too few free cores.
        Unavailable: Java is missing, or too old.
        ValueError: that is no address.
    """
    if master is None:
        with started(max_workers) as context:
            yield _Jobs(context)
        return
    _require_java()
    settings = {"spark.master": master, "spark.cores.max": str(max_workers)}
    if _knock(master).startswith("127."):
        settings |= _LISTEN_HERE
    with _context(settings) as context:
        yield _Jobs(context, _joined(context, master, max_workers))


@contextmanager
def started(max_workers: int) -> Iterator[SparkContext]:
    """Start Spark on this machine; leaving stops it."""
    _require_java()
    os.environ["PYSPARK_PYTHON"] = sys.executable
    with _context(
        {"spark.master": f"local[{max_workers}]", **_LISTEN_HERE}, PYTHONPATH=os.pathsep.join(sys.path)
    ) as context:
        yield context


def _require_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java" if home is None else str(Path(home, "bin", "java"))) is None:
        where = "on the PATH" if home is None else f"in JAVA_HOME, {home}"
        raise Unavailable(f"Spark needs Java 17 or newer, and there is none {where}")


def _knock(master: str) -> str:
    """Return the IP address of a master that listens; Spark itself tries for a minute."""
    address = re.fullmatch(r"spark://([^:,]+):(\d+)", master)
    if address is None:
        raise ValueError(f"master is {master!r}, and must be like spark://127.0.0.1:7077")
    try:
        with socket.create_connection((address[1], int(address[2])), timeout=_CONNECT_SECONDS) as connection:
            return str(connection.getpeername()[0])
    except OSError as error:
        raise ConnectionError(f"no Spark master answers at {master}: {error}") from None


@contextmanager
def _context(settings: dict[str, str], **variables: str) -> Iterator[SparkContext]:
    """Start Java and a context, with environment variables for the workers; leaving stops both."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LAUNCHER_OPTS", _NO_FOLDER)
    on_interrupt = signal.getsignal(signal.SIGINT)
    with tempfile.TemporaryDirectory(prefix="spark-", ignore_cleanup_errors=True) as folder:
        java = f"{_NO_FOLDER} -Djava.io.tmpdir={folder}"
        own = {"spark.driver.extraJavaOptions": java, "spark.local.dir": folder, **_QUIET, **settings}
        try:
            yield SparkContext(conf=SparkConf().setAll(list(own.items())), environment=variables)
        except PySparkRuntimeError as error:
            if error.getCondition() != "JAVA_GATEWAY_EXITED":
                raise
            raise Unavailable("Java ended before Spark could start, which needs version 17 or newer") from None
        finally:
            _stop()
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGINT, on_interrupt)  # PySpark has put its own in its place


def _joined(context: SparkContext, master: str, max_workers: int) -> dict[str, Any]:
    """Wait until the cluster has given the workers, and describe it."""
    deadline = time.monotonic() + _CORES_SECONDS
    while (given := sum(executor.totalCores() for executor in _executors(context))) < max_workers:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the cluster at {master} gave {given} of {max_workers} cores within {_CORES_SECONDS} s")
        time.sleep(0.05)
    hosts = {executor.hostPort().rsplit(":", 1)[0] for executor in _executors(context)}
    return {"address": master, "hosts": sorted(hosts), "workers": max_workers}


def _executors(context: SparkContext) -> list[Any]:
    """Return Spark's summaries of the executors that have joined; this program is listed as one, too."""
    listed = context._jsc.sc().statusStore().executorList(True)
    return [executor for at in range(listed.size()) if (executor := listed.apply(at)).id() != "driver"]


def _stop() -> None:
    """Stop the context, if it was started, and the Java process, which PySpark keeps for the next one."""
    context, gateway = SparkContext._active_spark_context, SparkContext._gateway
    try:
        if context is not None:
            context.stop()
    finally:
        SparkContext._gateway = SparkContext._jvm = None
        if gateway is not None:
            gateway.shutdown()
            gateway.proc.stdin.close()
            try:
                gateway.proc.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                gateway.proc.kill()
                gateway.proc.wait()


class _Jobs:
    """An executor whose maps are jobs. A task's exception is raised once all chunks of its map are done."""

    def __init__(self, context: SparkContext, cluster: dict[str, Any] | None = None) -> None:
        self._context = context
        self._broadcast: tuple[Any, Any] | None = None
        """The object that was broadcast last, and Spark's variable of it."""
        self.cluster = cluster

    def map(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int) -> list[Any]:
        chunks = list(Chunks.split(tasks, chunksize))
        if not chunks:
            return []
        try:
            job = self._context.parallelize(chunks, len(chunks)).map(partial(Chunks.run_or_catch, fn))
            answers = job.collect()
        except Py4JJavaError as error:
            raise RuntimeError(_said(error)) from None
        return [result for answer in answers for result in Chunks.results(answer)]

    def map_shared(
        self, fn: Callable[[Any, Any], Any], tasks: Iterable[Any], shared: Any, /, *, chunksize: int
    ) -> list[Any]:
        """Broadcast the object first; each worker reads it once."""
        if self._broadcast is None or self._broadcast[0] is not shared:
            self._broadcast = shared, self._context.broadcast(shared)
        return self.map(partial(_with_shared, fn, self._broadcast[1]), tasks, chunksize=chunksize)


def _said(error: Py4JJavaError) -> str:
    """Return what Java says, without the names of PySpark's functions before it; what the worker raised comes first."""
    message = str(error.java_exception.getMessage())
    if not message.startswith("[PYTHON_EXCEPTION]"):
        return message
    raised = [line for line in message.splitlines() if line.strip() and not line.startswith((" ", "SQLSTATE"))][-1]
    return f"{raised}\n{message}"


def _with_shared(fn: Callable[[Any, Any], Any], broadcast: Any, task: Any) -> Any:
    return fn(task, broadcast.value)


def opening(max_workers: int) -> str:
    """Write how a program starts Spark on this machine."""
    return f'SparkContext("local[{max_workers}]", "jobs")'


_RUNNING = """
def run_job(spark, tasks, shared):
    broadcast = spark.broadcast(shared)
    return spark.parallelize(tasks, {partitions}).map(lambda task: fn(task, broadcast.value)).collect()
"""


def recipe(max_workers: int, chunksize: int, /, *, master: Optional[str]) -> Recipe:
    """Write a job whose partitions are chunks."""
    results = f"executor.parallelize(tasks, {_partitions(chunksize)}).map(fn).collect()"
    return _recipe(max_workers, master, results)


def recipe_for_shared(max_workers: int, chunksize: int, /, *, master: Optional[str]) -> Recipe:
    """Broadcast the object first."""
    definitions = _RUNNING.format(partitions=_partitions(chunksize))
    return _recipe(max_workers, master, "run_job(executor, tasks, shared)", definitions)


def _partitions(chunksize: int) -> str:
    return f"-(-len(tasks) // {chunksize})"


def _recipe(max_workers: int, master: Optional[str], results: str, definitions: str = "") -> Recipe:
    return Recipe(
        imports=["from pyspark import SparkContext"],
        opening=opening(max_workers) if master is None else f'SparkContext("{master}", "jobs")',
        definitions=definitions,
        results=results,
        workers_get_fn="by value",
    )
