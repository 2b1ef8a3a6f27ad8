"""`execbench.check`: whether backends keep the contract, from Python."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from execbench.api import progress
from execbench.api.shown import Shown
from execbench.conformance.kit import Checkup, kits
from execbench.errors import BadInput
from execbench.plugins.by_value import backends_of
from execbench.report.conformance import conformance_document
from execbench.report.document import Document
from execbench.supervisor.lane import Nursery


@dataclass(frozen=True, repr=False)
class Checkups(Shown):
    """What was found about backends: printed as text, shown by a notebook as tables."""

    by_backend: Mapping[str, Checkup]
    """For each backend its `contract`, its `chaos`, and the checks that `failed`."""

    @property
    def failed(self) -> Mapping[str, Mapping[str, str]]:
        """The checks of the contract that failed, with the reasons, by backend."""
        return {title: checkup.failed for title, checkup in self.by_backend.items() if checkup.failed}

    def _document(self) -> Document:
        return conformance_document(self.by_backend)


def check(*backends: str | Callable[..., object], max_workers: int = 2) -> Checkups:
    """Check that backends fulfil the contract, and see how they fail.

    Args:
        *backends: names, as for `execbench check`, or callables such as `ThreadPoolExecutor`.
        max_workers: the number of workers.

    Returns:
        The results.

    Raises:
        BadInput: a backend is unknown, unavailable or no backend at all, or the extra `check` is not installed.
    """
    if not backends:
        raise BadInput("check: name at least one backend")
    with Nursery() as nursery, progress.of_program() as shown:
        named = backends_of(backends, nursery.folder / "by_value")
        return Checkups({kit.title: kit.checkup(shown.step) for kit in kits(nursery, named, max_workers)})
