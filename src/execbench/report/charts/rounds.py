"""Every timed round of a race: where its trial's rounds lie, and how they change from heat to heat."""

from __future__ import annotations

from collections.abc import Sequence

from execbench.report import numbers
from execbench.report.charts.spec import against_one, chart, quantity, row, seconds, tooltip
from execbench.report.charts.words import Columns, columns, of_each
from execbench.report.document import Chart, DataColumn, Template
from execbench.report.entries import Entry

_COLUMNS = [
    DataColumn("trial", "trial"),
    DataColumn("launch", "launch"),
    DataColumn("heat", "heat"),
    DataColumn("seconds", "seconds", "s"),
]

ROUNDS = Template(
    "rounds",
    "Every timed round",
    "A line for each round.",
    _COLUMNS,
    chart(
        mark={"type": "tick", "color": "--series-3", "opacity": 0.5, "thickness": 1.5},
        encoding={"x": seconds("seconds of a round"), "y": row()},
    ),
)

DRIFT = Template(
    "drift",
    "Rounds by heat",
    "Each round against its trial's median: blue is faster, orange slower. A vertical band is the machine changing its "
    "speed for all; a change along a row is that trial's own.",
    _COLUMNS,
    chart(
        transform=[
            {"joinaggregate": [{"op": "median", "field": "seconds", "as": "median"}], "groupby": ["trial"]},
            {"calculate": "datum.median / datum.seconds", "as": "pace"},
            {"calculate": "datum.turn + 1", "as": "after"},
        ],
        mark={"type": "rect"},
        encoding={
            "x": quantity(
                "turn",
                title="heats, launch after launch",
                axis={"format": "d", "tickMinStep": 1},
                scale={"zero": False, "nice": False},
            ),
            "x2": {"field": "after"},
            "y": row(),
            "color": quantity("pace", scale=against_one(2), legend=None),
            "tooltip": [*tooltip("trial"), quantity("launch"), quantity("heat"), *tooltip(seconds=".3s")],
        },
    ),
    wide=True,
)


def rounds(entries: Sequence[Entry]) -> list[Chart]:
    """Return both charts, which share their data."""
    data = _data(entries)
    medians = of_each("Median of a round", entries, lambda entry: numbers.seconds(entry.record.samples.median))
    spreads = of_each("Slowest round over the fastest", entries, _spread)
    return [Chart(ROUNDS, data, medians), Chart(DRIFT, data, spreads)]


def _data(entries: Sequence[Entry]) -> Columns:
    """A row for each round; its turn is its heat's place in the whole race, as each launch counts its heats anew."""
    places = sorted({place for entry in entries for place in entry.record.samples.by_heat})
    turns = {place: turn for turn, place in enumerate(places, 1)}
    return columns(
        ("trial", "launch", "heat", "turn", "seconds"),
        [
            (entry.title, launch + 1, heat, turns[launch, heat], numbers.five_figures(taken))
            for entry in entries
            for (launch, heat), taken in entry.record.samples.by_heat.items()
        ],
    )


def _spread(entry: Entry) -> str:
    taken = entry.record.samples.seconds
    return f"{numbers.three_figures(max(taken) / min(taken))}x"
