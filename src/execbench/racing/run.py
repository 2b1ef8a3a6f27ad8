"""A run: races one after another, each saved in the journal once it is finished, and all of their records."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from execbench.plugins.trial import Trial, by_race
from execbench.racing.race import Progress, Race, Seen
from execbench.records.compose import Run
from execbench.records.journal import Journal, RaceKey
from execbench.records.record import Record
from execbench.settings import Settings
from execbench.supervisor.lane import Nursery
from execbench.supervisor.process_tree import processes
from execbench.supervisor.remaining import in_words, of_run

Warn = Callable[[str], object]

_BLIND = (
    "this system shows no processes, as /proc is missing: memory and CPU time are not measured, nor leftovers ended"
)


class Runner:
    """Runs races, or takes them from the journal of an interrupted run, and returns their records."""

    def __init__(
        self, nursery: Nursery, settings: Settings, trials: Sequence[Trial], journal: Journal | None, warn: Warn
    ) -> None:
        self._seed = settings.seed if journal is None else journal.heading.seed
        self._finished = {} if journal is None else journal.finished
        self._journal = journal
        self._warn, self._calls = warn, settings.calls
        settings = replace(settings, seed=self._seed)
        self._races = {race[0].race: Race(race, settings, nursery, warn) for race in by_race(trials)}
        self.names = list(self._races)
        """All races, in order."""
        if not processes():
            warn(_BLIND)
        self._taken: list[float] = []
        """The seconds of each race that has been run."""
        self.reached: list[RaceKey] = []
        """The races that have been run, or at least started, in order."""

    def race(
        self, key: RaceKey, progress: Progress = lambda text: None, seen: Seen = lambda records: None
    ) -> list[Record]:
        """Run a race, unless it has already been run, and return its records; `progress` says which one it is."""
        if key not in self.reached:
            self.reached.append(key)
            if key not in self._finished:
                self._run(key, progress, seen)
                self._note(key)
        return self.records_of(key)

    def _run(self, key: RaceKey, progress: Progress, seen: Seen) -> None:
        race, number, begun = self._races[key], self.names.index(key) + 1, time.monotonic()
        place = f"race {number} of {len(self.names)}"
        prefix = f"{place}: "

        def after_launch(records: list[Record]) -> None:
            nonlocal prefix
            prefix = f"{place} ({in_words(self._seconds_left(race, time.monotonic() - begun))}): "
            seen(records)

        race.run(lambda text: progress(prefix + text), after_launch)
        self._taken.append(time.monotonic() - begun)

    def _seconds_left(self, race: Race, taken: float) -> float:
        left = race.seconds_left() or 0.0
        waiting = sum(key not in self.reached and key not in self._finished for key in self.names)
        return of_run(left, [*self._taken, taken + left], waiting)

    def records_of(self, key: RaceKey) -> list[Record]:
        """Return a race's records, those of its controls last; unfinished trials are cancelled."""
        return self._finished[key] if key in self._finished else self._races[key].records()

    def records(self) -> list[Record]:
        """Return a record of every trial; trials that never ran are cancelled."""
        return [record for key in self._races for record in self.records_of(key)]

    def run(self, command: Sequence[str]) -> Run:
        """Return what the artifact is composed from."""
        records = self.records()
        asked = [record for record in records if not record.is_control]
        return Run(asked, command, self._seed, self._calls, controls=[each for each in records if each.is_control])

    def _note(self, key: RaceKey) -> None:
        if self._journal is None:
            return
        try:
            race = self._races[key]
            self._journal.append(key, race.records(), race.code)
        except OSError as error:
            self._warn(f"the journal {self._journal.path} cannot be written ({error.strerror}): only the artifact")
