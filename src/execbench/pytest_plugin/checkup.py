"""The conformance kit under pytest: a test for each check and each probe of each selected backend."""

from collections.abc import Sequence

import pytest

from execbench.conformance.catalogue import CHAOS, CONTRACT
from execbench.conformance.kit import Checkup, Kit
from execbench.plugins.describe import Description, chosen, describe, describe_catalogue, usable
from execbench.report.conformance import conformance_document
from execbench.report.render.terminal import as_text
from execbench.supervisor.lane import Nursery


class Backend:
    """One backend that is checked, and what was found so far."""

    def __init__(self, nursery: Nursery, description: Description) -> None:
        self.title = description.title
        self.found = Checkup()
        self._kit = Kit(nursery, description)
        self._admitted = False

    @property
    def kit(self) -> Kit:
        """The kit, once the backend was opened and left for a first time."""
        if not self._admitted:
            self._kit.admit()
            self._admitted = True
        return self._kit


class CheckCase:
    """One check of the contract, as a test has it."""

    def __init__(self, backend: Backend, name: str) -> None:
        self._backend = backend
        self._name = name

    def run(self) -> None:
        """Fail or skip the test as the check does, with its reason."""
        verdict = self._backend.found.contract[self._name] = self._backend.kit.check(self._name)
        word, _, reason = verdict.partition(": ")
        if word == "fail":
            pytest.fail(f"{self._backend.title}: {self._name}: {reason}", pytrace=False)
        if word == "skip":
            pytest.skip(reason)


class ProbeCase:
    """One chaos probe, as a test has it."""

    def __init__(self, backend: Backend, name: str) -> None:
        self._backend = backend
        self._name = name

    def run(self) -> None:
        """See what happens; the table at the end shows it."""
        self._backend.found.chaos[self._name] = self._backend.kit.observe(self._name)


class Checkups:
    """All backends that are checked in a session."""

    def __init__(self) -> None:
        self._backends: list[Backend] = []

    def select(self, nursery: Nursery, texts: Sequence[str]) -> None:
        """Choose the named backends, or every available one.

        Raises:
            BadInput: a name is unknown, or what it names is unavailable or broken.
        """
        if texts:
            found = [usable(description) for description in describe(nursery, chosen("backend", texts))]
        else:
            catalogue = describe_catalogue(nursery, "backend")
            found = [entry for entry in catalogue if entry.works]
        self._backends = [Backend(nursery, description) for description in found]

    def parametrize(self, metafunc: pytest.Metafunc) -> None:
        """Make a test of each check or probe of each backend."""
        for argument, names, case in (("contract_check", CONTRACT, CheckCase), ("chaos_probe", CHAOS, ProbeCase)):
            if argument in metafunc.fixturenames:
                params = [
                    pytest.param(case(backend, name), id=f"{backend.title}-{name}")
                    for backend in self._backends
                    for name in names
                ]
                metafunc.parametrize(argument, params)

    def reports(self) -> list[str]:
        """Return the tables of what was found, a pair for each backend."""
        return [
            f"{backend.title}\n{as_text(conformance_document({backend.title: backend.found}))}"
            for backend in self._backends
            if backend.found.contract or backend.found.chaos
        ]
