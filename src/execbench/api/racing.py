"""`execbench.race`: a race of one function, from Python."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from execbench import files
from execbench.api import progress
from execbench.api.comparing import Comparison, compare
from execbench.api.given import named_tasks, workload_of
from execbench.api.shown import Shown
from execbench.comparison import THRESHOLD
from execbench.environment import usable_cpus
from execbench.errors import BadInput
from execbench.plugins.by_value import backends_of
from execbench.plugins.select import Request, select
from execbench.plugins.trial import ChunkSize
from execbench.protocol import Workload
from execbench.racing.run import Runner
from execbench.records import artifact, compose
from execbench.records.artifact import Artifact, RunInfo
from execbench.records.calls import number_of
from execbench.records.record import Record
from execbench.records.winner import winner
from execbench.report.document import Document
from execbench.report.race import race_document, run_document
from execbench.report.repeat import IN_PYTHON
from execbench.report.trials import entries
from execbench.report.verdict import verdict
from execbench.settings import Calls, Settings
from execbench.supervisor.lane import Nursery
from execbench.supervisor.turn import turn


@dataclass(frozen=True, repr=False)
class Race(Shown):
    """What a race found: printed as text, shown by a notebook with its charts."""

    artifact: Artifact
    """All that `to_json` writes, as typed records."""
    content: bytes
    """The same as JSON."""
    left_out: Sequence[str]
    """The backends that do not work here, each with the reason."""

    @property
    def records(self) -> Sequence[Record]:
        """The trials that were asked for, the fastest first and failed ones last."""
        return [entry.record for entry in entries(self.artifact.records)]

    @property
    def controls(self) -> Sequence[Record]:
        """The trials that the race added: what one worker of each winner's backend gains."""
        return self.artifact.controls

    @property
    def verdict(self) -> str:
        """Which backend to use, by how much, and how sure that is."""
        return verdict(entries(self._raced), number_of(self._calls))

    @property
    def fastest(self) -> Record | None:
        """The trial that the verdict advises: the baseline if it is to stay serial; None without a verdict."""
        return winner(self._raced, number_of(self._calls))

    @property
    def table(self) -> Sequence[Mapping[str, Any]]:
        """A mapping for each trial, with the columns of the CSV report: what `pandas.DataFrame` takes."""
        flat = run_document(self.artifact).data
        assert flat is not None
        return [dict(zip(flat.fields, row, strict=True)) for row in flat.rows]

    @property
    def failed(self) -> Sequence[Record]:
        """The trials that failed, each with its `reason`."""
        return [record for record in self.records if not record.ok]

    def to_json(self) -> str:
        """Return the artifact, which every command of `execbench` reads."""
        return self.content.decode()

    def save(self, path: "str | os.PathLike[str]") -> None:
        """Write the artifact to a file.

        Args:
            path: the file.
        """
        files.write(Path(path), self.content)

    def compare(self, other: "Race | str | os.PathLike[str]", threshold: float = THRESHOLD) -> Comparison:
        """Return what changed from this race to another one, or to an artifact.

        Args:
            other: the race to judge, or the path of an artifact.
            threshold: the smallest change that matters.

        Raises:
            BadInput: the two have no trial in common, or the file is not an artifact.
        """
        return compare(self, other, threshold)

    def _document(self) -> Document:
        return run_document(self.artifact)

    def _brief(self, *, pictured: bool) -> Document:
        return race_document(self._raced, usable_cpus(), self._calls, pictured=pictured)

    @property
    def _raced(self) -> Sequence[Record]:
        return [*self.artifact.records, *self.controls]

    @property
    def _calls(self) -> Calls:
        assert isinstance(self.artifact.execbench, RunInfo)
        return self.artifact.execbench.calls


def race(  # noqa: PLR0913 -- one for each option of `execbench run`
    fn: Callable[..., Any] | Workload | str,
    tasks: Iterable[Any] | Callable[..., Iterable[Any]] | None = None,
    *,
    backends: Sequence[str | Callable[..., Any]] = (),
    max_workers: int | Sequence[int] = (),
    size: int | None = None,
    chunksize: ChunkSize = "fair",
    star: bool = False,
    stream: bool = False,
    wait: bool = True,
    **settings: Any,
) -> Race:
    """Race a function on backends, and check every result.

    The function and the tasks may come from anywhere: a module, a notebook, a script, a closure.
    The race runs in processes of its own, so that nothing in this one affects it.

    Args:
        fn: the function, which is called with one task; or a workload; or the name of either, as for `execbench run`.
        tasks: a list or another iterable; a callable that returns one, without arguments or with `size`.
            For a function that is given by name, what `--tasks` takes.
        backends: names, as for `execbench run --backend`, or callables such as `ThreadPoolExecutor`;
            by default all that work here. The serial baseline is always added.
        max_workers: numbers of workers; by default the usable CPUs.
        size: how many of the tasks to race with; by default all.
        chunksize: `fair`, `library`, or a number.
        star: call `fn(*task)`, or `fn(**task)` if a task is a mapping.
        stream: give executors the tasks from an iterator, and take the results one by one.
        wait: wait for other runs on this machine to end; otherwise they disturb each other, which is said as a doubt.
        **settings: fields of `execbench.settings.Settings`, such as `launches`, `max_time`, `precision`,
            `round_timeout`, `seed`, `trace`, and `calls`: `once`, `many` (the default), or the number of calls whose
            winner the verdict names first.

    Returns:
        The race. A trial that fails is in it with its reason, and raises nothing.

    Raises:
        BadInput: something that was given cannot be used; the message says what, and what to do.
    """
    try:
        how = Settings(**settings)
    except TypeError as error:
        known = ", ".join(Settings.__dataclass_fields__)
        raise BadInput(f"race: {str(error).removeprefix('Settings.__init__() ')}; settings are {known}") from error
    with Nursery() as nursery, progress.of_program() as shown, turn(shown.say, wait=wait) as nursery.turn:
        folder = nursery.folder / "by_value"
        request = Request(
            backends=backends_of(backends, folder),
            workloads=[fn if isinstance(fn, str) else workload_of("race", fn, tasks, star, folder)],
            tasks=named_tasks("race", tasks, star) if isinstance(fn, str) else None,
            max_workers=[max_workers] if isinstance(max_workers, int) else max_workers,
            sizes=() if size is None else [size],
            chunksizes=[chunksize],
            mode="stream" if stream else "map",
        )
        selection = select(nursery, request)
        runner = Runner(nursery, how, selection.trials, None, shown.say)
        for key in runner.names:
            runner.race(key, shown.step)
        content = compose.encode(compose.compose(runner.run([IN_PYTHON])))
    return Race(artifact.parse(content), content, selection.left_out)
