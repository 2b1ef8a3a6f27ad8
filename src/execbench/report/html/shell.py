"""What every page has: its style, its scripts with their hashes, and its charts with their data."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any

import jinja2
import vl_convert
from markupsafe import Markup

from execbench.report import charts, theme
from execbench.report.drawing import ROW, Figure, Template
from execbench.report.markdown import visible
from execbench.version import __version__

_EXPORTED = "window.vegaEmbed = vegaEmbed;"
"""All that our own script uses of Vega."""


@dataclass(frozen=True)
class Entry:
    """A chart with its place in the page's data."""

    number: int
    figure: Figure
    template: Template


class Gallery:
    """The charts of the page, with their data; data that two charts share stands there once."""

    def __init__(self) -> None:
        self._templates = charts.templates()
        self._entries: list[dict[str, Any]] = []
        self._data: list[Any] = []
        self._places: dict[int, int] = {}

    def hang(self, figure: Figure) -> Entry:
        """Add a chart."""
        place = self._places.setdefault(id(figure.columns), len(self._data))
        if place == len(self._data):
            self._data.append(figure.columns)
        self._entries.append({"kind": figure.kind, "data": place})
        return Entry(len(self._entries) - 1, figure, self._templates[figure.kind])

    def as_json(self) -> str:
        """Return all of it so that it can stand within a script element, whatever the names in it are."""
        content = {
            "config": theme.config(),
            "row": ROW,
            "charts": {
                kind: {"spec": template.spec, "columns": [asdict(column) for column in template.columns]}
                for kind, template in self._templates.items()
            },
            "figures": self._entries,
            "data": self._data,
        }
        return _in_json(json.dumps(content, allow_nan=False, separators=(",", ":")))


def render(template: str, gallery: Gallery, **content: Any) -> str:
    """Return a whole file."""
    library, script = f"(() => {{{_in_script(vl_convert.javascript_bundle(_EXPORTED))}}})();", _file("page.js")
    return (
        _environment()
        .get_template(template)
        .render(
            version=__version__,
            style=Markup(_style()),
            hashes=Markup(f"{_hash(library)} {_hash(script)}"),
            data=Markup(gallery.as_json()),
            library=Markup(library),
            script=Markup(script),
            **content,
        )
    )


def _environment() -> jinja2.Environment:
    """Everything that is not ours is shown as text: what cannot be seen is written out, then escaped."""
    return jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, finalize=_finalize, loader=jinja2.FunctionLoader(_file)
    )


def _finalize(value: Any) -> Any:
    if isinstance(value, str) and not isinstance(value, Markup):
        return "\n".join(visible(line) for line in value.split("\n"))
    return value


def _file(name: str) -> str:
    return resources.files("execbench.report.html").joinpath(name).read_text(encoding="utf-8")


def _style() -> str:
    light, dark = (";".join(f"{name}:{value}" for name, value in each.items()) for each in (theme.LIGHT, theme.DARK))
    return f":root{{{light}}}\n@media (prefers-color-scheme: dark){{:root{{{dark}}}}}\n{_file('page.css')}"


def _in_script(source: str) -> str:
    """Keep the browser from seeing the script's end within it."""
    return source.replace("</script", r"<\/script").replace("<!--", r"<\!--")


def _in_json(text: str) -> str:
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def _hash(source: str) -> str:
    """Name a script in the content security policy, so that the browser runs it and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
