"""Control trials: each winner with several workers races against one worker of its backend before it is named."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from execbench.plugins.trial import Trial
from execbench.records.control import controlled
from execbench.records.record import Record
from execbench.settings import Calls


def missing_controls(trials: Sequence[Trial], records: Sequence[Record], calls: Calls) -> Iterator[Trial]:
    """Yield the controls that a race's winners need, unless such a trial is in the race already, and serves."""
    for found in controlled(records, calls):
        winner = next(trial for trial in trials if trial.id == found.winner.name)
        control = replace(winner, max_workers=1, control_of=winner.id)
        if control not in trials:
            yield control
