"""What the charts' specifications share: https://vega.github.io/vega-lite/docs/ explains every word of them."""

from __future__ import annotations

from typing import Any, TypeAlias

Spec: TypeAlias = dict[str, Any]

DATA = "rows"
"""The name by which a template asks for its data."""

SERIES = [f"--series-{number}" for number in range(1, 9)]

SECONDS = "format(datum.value, '~s') + 's'"
"""How the labels of an axis write seconds."""

THREE_FIGURES = ".3~g"


def chart(**parts: Any) -> Spec:
    """Return a specification of data to come, as wide as its place unless it says otherwise."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"name": DATA},
        "width": "container",
    } | parts


def quantity(name: str, **parts: Any) -> Spec:
    """A field of numbers."""
    return {"field": name, "type": "quantitative", **parts}


def category(name: str, **parts: Any) -> Spec:
    """A field of names, in the order of the data."""
    return {"field": name, "type": "nominal", **parts}


def row(name: str = "trial") -> Spec:
    """A row for each value of a field."""
    return category(name, sort=None, title=None)


def seconds(title: str) -> Spec:
    """The field `seconds` on a logarithmic scale."""
    axis = {"labelExpr": SECONDS, "labelOverlap": "greedy", "tickCount": 5}
    return quantity("seconds", title=title, axis=axis, scale={"type": "log", "nice": False, "padding": 8})


def tooltip(*names: str, **formatted: str) -> list[Spec]:
    """Names, then numbers with their formats."""
    return [*map(category, names), *(quantity(name, format=form) for name, form in formatted.items())]


def series(name: str) -> Spec:
    """A colour for each value of a field."""
    return category(name, title=None, sort=None, scale={"range": SERIES})


def against_one(domain: float) -> Spec:
    """Colours from slower to faster; beyond the domain they do not change any more."""
    colours = ["--slow", "--mid", "--fast"]
    return {"type": "log", "domain": [1 / domain, 1, domain], "range": colours, "clamp": True, "interpolate": "lab"}


def intervals(estimate: str, title: str, is_fast: str, is_slow: str) -> Spec:
    """A row for each trial: a ratio with its interval, and a line at 1."""
    colours = [{"test": is_fast, "value": "--fast"}, {"test": is_slow, "value": "--slow"}]
    shared = {
        "y": row(),
        "color": {"condition": colours, "value": "--soft"},
        "tooltip": tooltip("trial", **dict.fromkeys((estimate, "low", "high"), THREE_FIGURES)),
    }
    axis = {"labelExpr": "format(datum.value, '~r') + 'x'", "labelOverlap": "greedy", "tickCount": 5}
    scale = {"type": "log", "nice": False, "padding": 8}
    return chart(
        layer=[
            {"mark": {"type": "rule", "color": "--soft", "strokeDash": [4, 3]}, "encoding": {"x": {"datum": 1}}},
            {
                "mark": {"type": "rule", "strokeWidth": 3, "strokeCap": "round"},
                "encoding": {
                    **shared,
                    "x": quantity("from", scale=scale, axis=axis, title=title),
                    "x2": {"field": "to"},
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
                "encoding": {**shared, "x": quantity(estimate)},
            },
        ]
    )


def dots(name: str, values: list[str]) -> Spec:
    """A row for each trial, and a dot on it for each value of a field, at its seconds."""
    colours = {"domain": values, "range": SERIES[: len(values)]}
    shapes = {"domain": values, "range": ["square", "triangle-up", "circle", "diamond"][: len(values)]}
    return chart(
        mark={"type": "point", "filled": True, "size": 70, "opacity": 0.9},
        encoding={
            "x": seconds("seconds"),
            "y": row(),
            "color": category(name, scale=colours, title=None),
            "shape": category(name, scale=shapes, title=None),
            "tooltip": tooltip("trial", name, seconds=".3s"),
        },
    )
