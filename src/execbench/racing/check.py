"""A trial that is only checked: one launch, in which nothing is timed."""

from execbench.plugins.trial import Trial
from execbench.racing.entrant import Entrant
from execbench.racing.race import CLOSING, OPENING
from execbench.records.record import Record
from execbench.settings import Settings
from execbench.supervisor.lane import Nursery
from execbench.supervisor.layout import layout_of


def check(trial: Trial, settings: Settings, nursery: Nursery) -> Record:
    """Run one launch of a trial without timed rounds."""
    entrant = Entrant(trial, settings)
    try:
        entrant.start(nursery, layout_of(settings, trial.race[0], 0))
        for step in (*OPENING, *CLOSING):
            step(entrant)
    finally:
        entrant.abandon()
    return entrant.record(None, finished=True)
