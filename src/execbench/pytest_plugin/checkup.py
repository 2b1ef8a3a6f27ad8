"""The conformance kit under pytest: a test for each check and each probe of each selected backend."""

from collections.abc import Iterable
from functools import cached_property, partial

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

    def check(self, name: str) -> None:
        """Fail or skip the test as the check does, with its reason."""
        verdict = self.found.contract[name] = self._opened.check(name)
        word, _, reason = verdict.partition(": ")
        if word == "fail":
            pytest.fail(f"{self.title}: {name}: {reason}", pytrace=False)
        if word == "skip":
            pytest.skip(reason)

    def observe(self, name: str) -> None:
        """See what happens; the table at the end shows it."""
        self.found.chaos[name] = self._opened.observe(name)

    @cached_property
    def _opened(self) -> Kit:
        """The kit, after the backend was opened for the first time."""
        self._kit.admit()
        return self._kit


class Checkups:
    """All backends that are checked in a session."""

    def __init__(self, kits: Iterable[Kit] = ()) -> None:
        self._backends = [Backend(kit) for kit in kits]

    def parametrize(self, metafunc: pytest.Metafunc) -> None:
        """Make a test of each check or probe of each backend."""
        runs = {"contract_check": (CONTRACT, Backend.check), "chaos_probe": (CHAOS, Backend.observe)}
        for argument, (names, run) in runs.items():
            if argument in metafunc.fixturenames:
                pairs = [(backend, name) for backend in self._backends for name in names]
                ids = [f"{backend.title}-{name}" for backend, name in pairs]
                metafunc.parametrize(argument, [partial(run, backend, name) for backend, name in pairs], ids=ids)

    def reports(self) -> list[str]:
        """Return the tables of what was found for each backend."""
        return [
            f"{backend.title}\n{as_text(conformance_document({backend.title: backend.found}))}"
            for backend in self._backends
            if backend.found.contract or backend.found.chaos
        ]
