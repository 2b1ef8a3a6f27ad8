"""Where the worker-seconds of each trial's traced round went."""

from __future__ import annotations

from collections.abc import Sequence

from execbench.report.charts.spec import THREE_FIGURES, category, chart, quantity, row, tooltip
from execbench.report.charts.words import columns
from execbench.report.document import Chart, DataColumn, Template
from execbench.report.numbers import five_figures
from execbench.report.splits import PARTS, TracedEntry

_COLOURS = ["--series-1", "--series-4", "--slow", "--series-2", "--series-3", "--line"]

TEMPLATE = Template(
    "split",
    "Where the worker-seconds went",
    "Of one traced round: what its workers did, or waited for.",
    [
        DataColumn("trial", "trial"),
        DataColumn("part", "part"),
        DataColumn("seconds", "worker-seconds", "s"),
        DataColumn("share", "share"),
    ],
    chart(
        mark={"type": "bar", "height": {"band": 0.7}},
        encoding={
            "x": quantity("share", title="share of the worker-seconds", axis={"format": "%"}, scale={"nice": False}),
            "y": row(),
            "color": category("part", scale={"domain": list(PARTS), "range": _COLOURS}, title=None),
            "order": quantity("place"),
            "tooltip": tooltip("trial", "part", seconds=THREE_FIGURES, share=THREE_FIGURES),
        },
    ),
)


def split(traced: Sequence[TracedEntry]) -> Chart:
    """Return the chart."""
    rows = [
        (entry.title, name, place, five_figures(seconds), five_figures(entry.split.share(seconds)))
        for entry in traced
        for place, (name, seconds) in enumerate(entry.split.parts.items())
    ]
    said = "; ".join(f"{entry.title} mostly {entry.split.largest}" for entry in traced)
    data = columns(("trial", "part", "place", "seconds", "share"), rows)
    return Chart(TEMPLATE, data, f"Where the worker-seconds went: {said}.")
