"""What all charts look like, in light and in dark colours; people who are colour-blind can tell them apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ROW = 22
"""Pixels that a trial's row is high, in the charts that are as wide as the page gives room for."""

LIGHT: Mapping[str, str] = {
    "--paper": "#f4f5f7",
    "--panel": "#ffffff",
    "--ink": "#1b1f24",
    "--soft": "#57606a",
    "--line": "#d8dee4",
    "--fast": "#1769aa",
    "--slow": "#bc4c00",
    "--mid": "#eceff2",
    "--on-strong": "#ffffff",
    "--bad": "#b3261e",
    "--warn": "#7a5200",
    "--series-1": "#8250df",
    "--series-2": "#1a7f64",
    "--series-3": "#1769aa",
    "--series-4": "#8c6d00",
    "--series-5": "#cf222e",
    "--series-6": "#57606a",
    "--series-7": "#bf3989",
    "--series-8": "#0a7ea4",
}

DARK: Mapping[str, str] = {
    "--paper": "#0e1116",
    "--panel": "#161b22",
    "--ink": "#e6edf3",
    "--soft": "#9aa6b2",
    "--line": "#30363d",
    "--fast": "#58a6ff",
    "--slow": "#f0883e",
    "--mid": "#2a313a",
    "--on-strong": "#0b0e12",
    "--bad": "#ff8f86",
    "--warn": "#e3b341",
    "--series-1": "#bc8cff",
    "--series-2": "#3fb995",
    "--series-3": "#58a6ff",
    "--series-4": "#d4a72c",
    "--series-5": "#ff7b72",
    "--series-6": "#9aa6b2",
    "--series-7": "#f778ba",
    "--series-8": "#39c5cf",
}


def config() -> dict[str, Any]:
    """Return what all charts look like."""
    return {
        "background": "--panel",
        "font": "system-ui, sans-serif",
        "view": {"stroke": None},
        "axis": {
            "labelColor": "--ink",
            "titleColor": "--soft",
            "titleFontWeight": "normal",
            "gridColor": "--line",
            "domainColor": "--line",
            "tickColor": "--line",
            "labelFontSize": 12,
        },
        "axisY": {"labelLimit": 170, "domain": False, "ticks": False},
        "axisX": {"labelLimit": 170, "labelSeparation": 8},
        "legend": {"labelColor": "--ink", "titleColor": "--soft", "orient": "top", "labelFontSize": 12},
        "text": {"color": "--ink"},
    }


def painted(spec: Any, colours: Mapping[str, str]) -> Any:
    """Return a chart with the names of colours replaced by colours."""
    if isinstance(spec, Mapping):
        return {name: painted(part, colours) for name, part in spec.items()}
    if isinstance(spec, list):
        return [painted(part, colours) for part in spec]
    return colours.get(spec, spec) if isinstance(spec, str) else spec
