"""A chart as SVG."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import vl_convert

from execbench import files
from execbench.report.charts.chart import theme
from execbench.report.document import Chart

_WIDTH = 640


def draw(chart: Chart, path: Path) -> None:
    """Write a chart; OSError where it cannot be written."""
    files.write(path, svg(chart))


def svg(chart: Chart) -> str:
    """Return a chart in light colours."""
    return vl_convert.vegalite_to_svg(_painted(_filled(chart), theme().light))


def _filled(chart: Chart) -> dict[str, Any]:
    """The chart with its data, in a fixed size instead of that of a page."""
    rows = [dict(zip(chart.data, values, strict=True)) for values in zip(*chart.data.values(), strict=True)]
    spec = chart.template.spec
    size: dict[str, Any] = {"width": _WIDTH} if spec["width"] == "container" else {}
    if "height" not in spec:
        size["height"] = theme().row * len(set(chart.data[chart.template.columns[0].field]))
    return {**spec, **size, "config": theme().config, "datasets": {spec["data"]["name"]: rows}}


def _painted(spec: Any, colours: Mapping[str, str]) -> Any:
    """The specification with the names of colours replaced by the colours."""
    if isinstance(spec, Mapping):
        return {name: _painted(part, colours) for name, part in spec.items()}
    if isinstance(spec, list):
        return [_painted(part, colours) for part in spec]
    return colours.get(spec, spec) if isinstance(spec, str) else spec
