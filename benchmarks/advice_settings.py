"""The settings among which an advice and rules of thumb choose, and what an advice says of them."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from advice_scores import PROCESS_POOL, SERIAL

from execbench.advice import answer
from execbench.environment import THREAD_VARIABLES, usable_cpus
from execbench.lane.arguments import SentOnce
from execbench.plugins.trial import ChunkSize, Trial
from execbench.supervisor.python import Python

BEHIND = 2.0
"""A setting that the model places this many times behind the best is raced only if the lot falls on it."""
DRAWN = 0.1


ONE_THREAD = Python(name="one_thread", variables=tuple(f"{name}=1" for name in THREAD_VARIABLES))

IGNORE_CHUNKS = ("threads", "joblib", "asyncio")
"""Backends for which the chunk size changes nothing: settings that differ in it alone are one."""


@dataclass(frozen=True)
class Setting:
    """What users choose: a backend, the number of workers, and the chunk size."""

    backend: str = SERIAL
    max_workers: int = 1
    chunksize: ChunkSize = "fair"
    one_thread: bool = False
    """Whether libraries have one thread in the loop; they always have one in workers."""
    sent_once: str | None = None
    """The name of what is sent to each worker once."""

    @property
    def plain(self) -> Setting:
        """The same setting without what `execbench run` cannot be told."""
        return replace(self, one_thread=False, sent_once=None)

    def key(self, used_chunksize: int | None) -> str:
        """The name of the setting in the journal, given the chunk size that is passed to `map`."""
        if self.backend == SERIAL:
            return f"{SERIAL}/one_thread" if self.one_thread else SERIAL
        chunk = "" if self.backend.partition("[")[0] in IGNORE_CHUNKS else f"/c{used_chunksize or 'library'}"
        return f"{self.backend}/w{self.max_workers}{chunk}{'/shared' if self.sent_once else ''}"

    def trial(self, plain: Trial) -> Trial:
        """Return the trial of this setting, given that of the plain one."""
        python = ONE_THREAD if self.one_thread else plain.python
        return replace(plain, python=python, sent_once=sent_once(self.sent_once) if self.sent_once else None)


def sent_once(name: str) -> SentOnce:
    """Return what an advice names: the function, or an argument, which is the first one of all functions here."""
    return SentOnce(None if name == "the function" else 0, name)


@dataclass(frozen=True)
class Candidate:
    """A setting that the advice considered."""

    id: str
    setting: Setting
    predicted: float
    """Seconds; infinite where the model says nothing."""
    excluded: bool = False


@dataclass(frozen=True)
class Advice:
    """What `execbench advise` said; the loop is one of its candidates."""

    verdict: str
    winner: str | None = None
    candidates: Sequence[Candidate] = ()
    seconds: float | None = None
    """Beyond the user's own imports."""
    reason: str | None = None
    """Why it advises nothing."""
    code: str = ""
    """The program that it prints."""

    @property
    def of_model(self) -> Candidate | None:
        """The candidate that the model alone places first."""
        return min(self._predicted, key=lambda candidate: candidate.predicted, default=None)

    @property
    def backends(self) -> set[str]:
        """The plugins that the model says something of, but for the loop."""
        return {candidate.setting.backend.partition("[")[0] for candidate in self._predicted} - {SERIAL}

    @property
    def _predicted(self) -> list[Candidate]:
        return [candidate for candidate in self.candidates if candidate.predicted < math.inf]

    def worth_racing(self, lots: random.Random) -> list[Setting]:
        """Return the settings that the model does not place far behind, and some of the others by lot."""
        far = BEHIND * (self.of_model.predicted if self.of_model else 0.0)

        def is_behind(candidate: Candidate) -> bool:
            return candidate.predicted > far if candidate.predicted < math.inf else candidate.excluded

        drawn = {candidate.id: lots.random() < DRAWN for candidate in self.candidates}
        return [
            candidate.setting
            for candidate in self.candidates
            if candidate.id == self.winner or not is_behind(candidate) or drawn[candidate.id]
        ]

    def setting_of(self, id_: str | None) -> Setting | None:
        """Return the setting of a candidate."""
        return next((candidate.setting for candidate in self.candidates if candidate.id == id_), None)


class _Saved(msgspec.Struct):
    """What `execbench advise --json` writes."""

    advice: answer.Advice


def read_advice(path: Path, wall_seconds: float) -> Advice:
    """Read what `execbench advise --json` wrote; it took this long from start to exit, imports included."""
    saved = msgspec.json.decode(path.read_bytes(), type=_Saved).advice
    loop = Candidate(SERIAL, Setting(), saved.seen.total if saved.seen else math.inf)
    candidates = [loop, *map(_candidate, saved.candidates)]
    return Advice(
        saved.verdict, saved.winner, candidates, wall_seconds - saved.uncounted_seconds, saved.reason, saved.code
    )


def _candidate(option: answer.Option) -> Candidate:
    chunksize: ChunkSize = "library" if option.chunksize is None else option.chunksize
    predicted = option.predicted.estimate if option.predicted else math.inf
    setting = Setting(option.backend, option.max_workers, chunksize, sent_once=option.sent_once)
    if option.kind == "loop":
        setting = Setting(one_thread=True)
    return Candidate(option.id, setting, predicted, option.excluded is not None)


def rules_of_thumb(*, numeric: bool) -> Mapping[str, Setting]:
    """Return what the baselines choose without measuring anything."""
    cpus = usable_cpus()
    return {
        "always process_pool": Setting(PROCESS_POOL, cpus, 1),  # its `map` sends tasks one by one
        "joblib's default": Setting("joblib", cpus),
        "Dask's rule": Setting("threads" if numeric else PROCESS_POOL, cpus),
    }
