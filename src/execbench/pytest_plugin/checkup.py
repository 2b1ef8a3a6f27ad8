"""The conformance kit under pytest: a test for each check and each probe of each selected backend."""

from collections.abc import Iterable
from functools import cached_property

import pytest

from execbench.conformance.kit import Checkup, Kit
from execbench.lane.checks.catalogue import CHAOS, CONTRACT
from execbench.report.conformance import conformance_document
from execbench.report.render.terminal import as_text


class Backend:
    """One backend that is checked, and what was found so far."""

    def __init__(self, kit: Kit) -> None:
        self.title = kit.title
        self.found = Checkup()
        self._kit = kit

    @cached_property
    def kit(self) -> Kit:
        """The kit, after the backend was opened for the first time."""
        self._kit.admit()
        return self._kit


class Case:
    """One check or probe of one backend, as a test has it."""

    def __init__(self, backend: Backend, name: str) -> None:
        self._backend = backend
        self._name = name

    def run(self) -> None:
        """Fail or skip the test as the check does, with its reason; a probe never fails."""
        backend, name = self._backend, self._name
        if name in CHAOS:
            backend.found.chaos[name] = backend.kit.observe(name)
            return
        verdict = backend.found.contract[name] = backend.kit.check(name)
        word, _, reason = verdict.partition(": ")
        if word == "fail":
            pytest.fail(f"{backend.title}: {name}: {reason}", pytrace=False)
        if word == "skip":
            pytest.skip(reason)


class Checkups:
    """All backends that are checked in a session."""

    def __init__(self, kits: Iterable[Kit] = ()) -> None:
        self._backends = [Backend(kit) for kit in kits]

    def parametrize(self, metafunc: pytest.Metafunc) -> None:
        """Make a test of each check or probe of each backend."""
        for argument, names in (("contract_check", CONTRACT), ("chaos_probe", CHAOS)):
            if argument in metafunc.fixturenames:
                pairs = [(backend, name) for backend in self._backends for name in names]
                cases = [pytest.param(Case(backend, name), id=f"{backend.title}-{name}") for backend, name in pairs]
                metafunc.parametrize(argument, cases)

    def reports(self) -> list[str]:
        """Return the tables of what was found for each backend."""
        return [
            f"{backend.title}\n{as_text(conformance_document({backend.title: backend.found}))}"
            for backend in self._backends
            if backend.found.contract or backend.found.chaos
        ]
