"""A chart as an SVG file."""

from pathlib import Path
from typing import Any

import vl_convert

from execbench import files
from execbench.report.charts.theme import painted, theme
from execbench.report.document import Chart

_WIDTH = 640


def draw(chart: Chart, path: Path) -> None:
    """Write a chart in light colours; OSError where it cannot be written."""
    files.write(path, vl_convert.vegalite_to_svg(painted(_filled(chart), theme().light)))


def _filled(chart: Chart) -> dict[str, Any]:
    """The chart with its data, in a fixed size instead of that of a page."""
    rows = [dict(zip(chart.data, values, strict=True)) for values in zip(*chart.data.values(), strict=True)]
    spec = chart.template.spec
    size: dict[str, Any] = {"width": _WIDTH} if spec["width"] == "container" else {}
    if "height" not in spec:
        size["height"] = theme().row * len(set(chart.data[chart.template.columns[0].field]))
    return {**spec, **size, "config": theme().config, "datasets": {spec["data"]["name"]: rows}}
