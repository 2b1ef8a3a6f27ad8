"""A run: all races of a selection, one after the other, and the records of all of them whatever ends it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from execbench.artifact import Run
from execbench.lane.process import Nursery
from execbench.race import Progress, Race
from execbench.record import Record
from execbench.settings import Settings
from execbench.trial import Trial, by_race


class Runner:
    """Runs races and keeps their records."""

    def __init__(self, nursery: Nursery, settings: Settings, trials: Sequence[Trial]) -> None:
        self._settings = settings
        self._races = [Race(race, settings, nursery) for race in by_race(trials)]

    def races(self, progress: Progress) -> Iterator[list[Record]]:
        """Run one race after the other and yield the records of each."""
        for number, race in enumerate(self._races, 1):
            place = f"race {number} of {len(self._races)}: "
            race.run(lambda text, place=place: progress(place + text))  # type: ignore[misc]
            yield race.records()

    def records(self) -> list[Record]:
        """Return a record of every trial; those that never ran are cancelled."""
        return [record for race in self._races for record in race.records()]

    def run(self, command: Sequence[str]) -> Run:
        """Return what the artifact is made from."""
        return Run(self.records(), command, self._settings.seed)
