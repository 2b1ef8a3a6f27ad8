"""A chart as an SVG file, for a document that shows pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import vl_convert

from execbench import files
from execbench.report.charts import theme
from execbench.report.charts.spec import DATA
from execbench.report.document import Chart

_WIDTH = 640


def draw(chart: Chart, path: Path) -> None:
    """Write a chart, in light colours.

    Raises:
        OSError: it cannot be written.
    """
    files.write(path, vl_convert.vegalite_to_svg(theme.painted(_filled(chart), theme.LIGHT)))


def _filled(chart: Chart) -> dict[str, Any]:
    """The chart with its data, in a size for a program that has no page to fit it into."""
    names = list(chart.data)
    rows = [dict(zip(names, values, strict=True)) for values in zip(*chart.data.values(), strict=True)]
    spec = chart.template.spec
    size: dict[str, Any] = {"width": _WIDTH} if spec["width"] == "container" else {}
    if "height" not in spec:
        size["height"] = theme.ROW * len(set(chart.data[chart.template.columns[0].field]))
    return {**spec, **size, "config": theme.config(), "datasets": {DATA: rows}}
