"""A document as one HTML file, which makes no network requests and runs only its own scripts."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import resources
from itertools import groupby
from typing import Any

import jinja2
import msgspec
import vl_convert
from markupsafe import Markup

from execbench.report.charts.chart import theme
from execbench.report.charts.svg import svg
from execbench.report.document import Block, Chart, Document
from execbench.report.escape import visible_lines
from execbench.version import __version__

_EXPORTED = "window.vegaEmbed = vegaEmbed;"
"""All that our own script uses of Vega."""


def as_html(document: Document) -> str:
    """Return the whole file."""
    vega, script = library(), file("page.js")
    charts = document.charts
    numbers = {id(chart): number for number, chart in enumerate(charts)}
    page = template("page.html.jinja", figure=lambda chart: numbers[id(chart)], picture=lambda chart: "")
    return page.render(
        alone=True,
        document=document,
        version=__version__,
        style=Markup(style()),
        hashes=Markup(f"{_hash(vega)} {_hash(script)}"),
        data=Markup(page_data(charts)),
        library=Markup(vega),
        script=Markup(script),
    )


def as_fragment(document: Document) -> str:
    """Return the document as a part of another page, without scripts: charts are pictures."""
    fragment = template("fragment.html.jinja", figure=id, picture=lambda chart: Markup(svg(chart)))
    return fragment.render(document=document)


def template(name: str, **filters: Callable[[Chart], Any]) -> jinja2.Template:
    """Return a template; the filters say how charts are shown."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(file),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
    )
    environment.filters |= {"grouped": _grouped, **filters}
    return environment.get_template(name)


@cache
def library() -> str:
    """Return Vega as a script, which takes seconds to make."""
    return f"(() => {{{_in_script(vl_convert.javascript_bundle(_EXPORTED))}}})();"


def _grouped(blocks: Sequence[Block]) -> Iterator[tuple[list[Block], Block | None]]:
    """Yield successive charts, which stand side by side, together; any other block alone."""
    for are_charts, group in groupby(blocks, lambda block: isinstance(block, Chart)):
        if are_charts:
            yield list(group), None
        else:
            yield from (([], block) for block in group)


def page_data(charts: Sequence[Chart]) -> str:
    """All charts with their data, safe inside a script element; data that charts share is there once."""
    distinct = {id(chart.data): chart.data for chart in charts}
    places = {data: place for place, data in enumerate(distinct)}
    templates = {chart.template.name: chart.template for chart in charts}
    content = {
        "config": theme().config,
        "row": theme().row,
        "charts": {
            name: {"spec": template.spec, "columns": msgspec.to_builtins(template.columns)}
            for name, template in templates.items()
        },
        "figures": [{"kind": chart.template.name, "data": places[id(chart.data)]} for chart in charts],
        "data": list(distinct.values()),
    }
    text = json.dumps(content, allow_nan=False, separators=(",", ":"))
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def _finalize(value: Any) -> Any:
    """Spell out the invisible characters of every text that is not ours; Jinja escapes it afterwards."""
    return visible_lines(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def file(name: str) -> str:
    """Return a file that lies beside this module."""
    return resources.files("execbench.report.render.html").joinpath(name).read_text(encoding="utf-8")


def style() -> str:
    """Return the style sheet, in light and dark colours."""
    light, dark = (
        ";".join(f"{name}:{value}" for name, value in colours.items()) for colours in (theme().light, theme().dark)
    )
    return f":root{{{light}}}\n@media (prefers-color-scheme: dark){{:root{{{dark}}}}}\n{file('page.css')}"


def _in_script(source: str) -> str:
    """Keep the browser from finding the end of the script inside it."""
    return source.replace("</script", r"<\/script").replace("<!--", r"<\!--")


def _hash(source: str) -> str:
    """Name a script for the content security policy, so that the browser runs it and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
