"""What a lane does for advice. Each command calls the method of its name."""

from __future__ import annotations

from execbench.lane import questions
from execbench.lane.calibrating import calibrate, carry
from execbench.lane.messages import Deliver, Done
from execbench.lane.oracle import save
from execbench.lane.probing import Probe
from execbench.lane.recording import record
from execbench.lane.rehearsing import rehearse
from execbench.lane.writing import write


class Adviser:
    """Answers questions about one workload, or one backend."""

    def __init__(self) -> None:
        self._probe: Probe

    def survey(self, command: questions.Survey) -> questions.Surveyed:
        """Import a workload, make its tasks, and look at them."""
        self._probe = Probe(command)
        return self._probe.survey(command)

    def sample(self, command: questions.Sample) -> questions.Sampled:
        """Run some of the tasks."""
        return self._probe.sample(command)

    def contend(self, command: questions.Contend) -> questions.Contended:
        """Run some of the tasks in one thread, then in several."""
        return self._probe.contend(command)

    def repeat(self, command: questions.Repeat) -> Done:
        """Run some of the tasks twice."""
        return self._probe.repeat(command)

    def calibrate(self, command: questions.Calibrate) -> questions.Calibrated:
        """Measure what a backend costs."""
        return calibrate(command)

    def carry(self, command: questions.Carry) -> Done:
        """Let a backend carry a lambda to a worker and back."""
        return carry(command)

    def write(self, command: questions.Write) -> questions.Written:
        """Say how a program uses a backend, and how it gets a workload's function and tasks."""
        return write(command)

    def rehearse(self, command: questions.Rehearse) -> questions.Rehearsed:
        """Run a program as a script, and save its results."""
        seconds, results = rehearse(command)
        save(results, Deliver("results", command.results))
        return questions.Rehearsed(seconds)

    def record(self, command: questions.Record) -> questions.Ran:
        """Run a script, and record what a function of it is called with."""
        return record(command)
