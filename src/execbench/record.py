"""Records: what is kept of a trial. Frozen data, to and from the artifact's JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, Self

from execbench.doubts import Doubt
from execbench.stats import Interval, Samples
from execbench.trace import Trace

Status = Literal["ok", "wrong_result", "raised", "hung", "died", "not_opened", "not_closed", "cancelled"]


@dataclass(frozen=True)
class Record:
    """One stored trial. Times are in seconds, memory and pickled sizes in bytes."""

    name: str
    workload: str
    workload_options: Mapping[str, Any]
    size: int
    backend: str
    backend_options: Mapping[str, Any]
    max_workers: int
    chunksize: Mapping[str, Any]
    """`requested` as the user asked, and the number `used`."""
    python: Mapping[str, Any]
    """`name` among the interpreters of the run, and `version`."""
    status: Status = "ok"
    reason: str | None = None
    launches: int = 0
    heats: int = 0
    samples: Samples = field(default_factory=Samples)
    reference_seconds: Sequence[float] = ()
    """Of the reference kernel, next to each round of the serial loop; empty for all others."""
    startup_seconds: Sequence[float] = ()
    first_call_seconds: Sequence[float] = ()
    shutdown_seconds: Sequence[float] = ()
    cpu_seconds: float | None = None
    """Of the whole process tree, the mean of the timed rounds."""
    peak_memory_bytes: int | None = None
    task_bytes: int | None = None
    result_bytes: int | None = None
    cluster: Mapping[str, Any] | None = None
    """`address`, `hosts` and number of `workers` of the existing cluster that the trial ran on."""
    speedup: Interval | None = None
    doubts: Sequence[Doubt] = ()
    trace: Trace | None = None
    """Where one round's time went, where that was asked for."""

    @property
    def group(self) -> str:
        """The workload with its options that are not the default: the first part of the name."""
        return self.name.partition("/")[0]

    @property
    def title(self) -> str:
        """The name without its group: what tells the trials of one race apart."""
        return self.name.removeprefix(f"{self.group}/")

    @property
    def ok(self) -> bool:
        """Tell whether the trial was measured and found right."""
        return self.status == "ok"

    def as_json(self) -> dict[str, Any]:
        """Return the object that the artifact keeps under `extra_info["execbench"]`."""
        content = asdict(self)
        del content["name"]
        if self.trace is None:
            del content["trace"]
        return content

    @classmethod
    def from_json(cls, name: str, content: Mapping[str, Any]) -> Self:
        """Take a record back from the artifact; fields it does not know are passed over."""
        known = {key: content[key] for key in (entry.name for entry in fields(cls)) if key in content}
        known["samples"] = Samples(**content["samples"])
        known["speedup"] = Interval(**content["speedup"]) if content.get("speedup") else None
        known["trace"] = Trace.from_json(content["trace"]) if content.get("trace") else None
        known["doubts"] = tuple(Doubt(**doubt) for doubt in content.get("doubts", ()))
        return cls(**{**known, "name": name})
