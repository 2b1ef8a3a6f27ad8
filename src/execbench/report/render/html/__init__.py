"""A document as one HTML file: it opens from anywhere, asks the network for nothing, and runs only its own scripts."""

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import groupby
from typing import Any

import jinja2
import msgspec
import vl_convert
from markupsafe import Markup

from execbench.report.charts.theme import theme
from execbench.report.document import Block, Chart, Document
from execbench.report.escape import visible_lines
from execbench.version import __version__

_EXPORTED = "window.vegaEmbed = vegaEmbed;"
"""All that our own script uses of Vega."""


def as_html(document: Document) -> str:
    """Return the whole file."""
    library, script = f"(() => {{{_in_script(vl_convert.javascript_bundle(_EXPORTED))}}})();", _file("page.js")
    charts = document.charts
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, finalize=_finalize, trim_blocks=True
    )
    numbers = {id(chart): number for number, chart in enumerate(charts)}
    environment.filters |= {"grouped": _grouped, "figure": lambda chart: numbers[id(chart)]}
    return environment.from_string(_file("page.html.jinja")).render(
        document=document,
        version=__version__,
        style=Markup(_style()),
        hashes=Markup(f"{_hash(library)} {_hash(script)}"),
        data=Markup(_page_data(charts)),
        library=Markup(library),
        script=Markup(script),
    )


@dataclass(frozen=True)
class _Group:
    """Charts that follow each other and stand side by side, or any other block."""

    charts: Sequence[Chart]
    part: Block | None


def _grouped(blocks: Sequence[Block]) -> Iterator[_Group]:
    for are_charts, found in groupby(blocks, lambda block: isinstance(block, Chart)):
        if are_charts:
            yield _Group([block for block in found if isinstance(block, Chart)], None)
        else:
            yield from (_Group((), block) for block in found)


def _page_data(charts: Sequence[Chart]) -> str:
    """All charts with their data, safe within a script element; data that charts share stands there once."""
    places: dict[int, int] = {}
    data: list[Any] = []
    for chart in charts:
        if places.setdefault(id(chart.data), len(data)) == len(data):
            data.append(chart.data)
    templates = {chart.template.name: chart.template for chart in charts}
    content = {
        "config": theme().config,
        "row": theme().row,
        "charts": {
            name: {"spec": template.spec, "columns": msgspec.to_builtins(template.columns)}
            for name, template in templates.items()
        },
        "figures": [{"kind": chart.template.name, "data": places[id(chart.data)]} for chart in charts],
        "data": data,
    }
    return _in_json(json.dumps(content, allow_nan=False, separators=(",", ":")))


def _finalize(value: Any) -> Any:
    """Everything that is not ours is shown as text: what cannot be seen is written out, then escaped."""
    return visible_lines(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _file(name: str) -> str:
    return resources.files("execbench.report.render.html").joinpath(name).read_text(encoding="utf-8")


def _style() -> str:
    light, dark = (
        ";".join(f"{name}:{value}" for name, value in each.items()) for each in (theme().light, theme().dark)
    )
    return f":root{{{light}}}\n@media (prefers-color-scheme: dark){{:root{{{dark}}}}}\n{_file('page.css')}"


def _in_script(source: str) -> str:
    """Keep the browser from seeing the script's end within it."""
    return source.replace("</script", r"<\/script").replace("<!--", r"<\!--")


def _in_json(text: str) -> str:
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def _hash(source: str) -> str:
    """Name a script in the content security policy, so that the browser runs it and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
