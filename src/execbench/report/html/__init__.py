"""The report as one HTML file: it opens from anywhere, asks the network for nothing, and runs only its own scripts."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from statistics import median
from typing import Any

import jinja2
import vl_convert
from markupsafe import Markup

from execbench.record import Record
from execbench.report import charts, figures, scaling, theme
from execbench.report.charts import Template
from execbench.report.digest import FIGURES, Digest, RaceDigest, trial_figures
from execbench.report.figures import Figure
from execbench.report.markdown import visible
from execbench.report.verdict import is_baseline
from execbench.version import __version__

_EXPORTED = "window.vegaEmbed = vegaEmbed;"
"""All that our own script uses of Vega."""

HEADINGS = ("trial", *FIGURES, "doubts")


@dataclass(frozen=True)
class _Cell:
    text: str
    value: float | str = ""
    """What the column is sorted by."""
    css: str = ""


@dataclass(frozen=True)
class _Row:
    title: str
    cells: Sequence[_Cell]
    remarks: str
    failed: bool


@dataclass(frozen=True)
class _Entry:
    """A chart with its place in the page's data."""

    number: int
    figure: Figure
    template: Template


@dataclass(frozen=True)
class _Race:
    digest: RaceDigest
    rows: Sequence[_Row]
    figures: Sequence[_Entry]
    scaling: Sequence[Sequence[str]]


def page(digest: Digest) -> str:
    """Return the whole file."""
    gallery = _Gallery()
    first = figures.overview(digest)
    overview = gallery.hang(first) if first else None
    races = [
        _Race(
            race,
            [_row(record) for record in race.records],
            [gallery.hang(entry) for entry in figures.of_race(race)],
            scaling.rows(race.curves),
        )
        for race in digest.races
    ]
    library, script = f"(() => {{{_in_script(vl_convert.javascript_bundle(_EXPORTED))}}})();", _file("page.js")
    return (
        _environment()
        .from_string(_file("page.html.jinja"))
        .render(
            digest=digest,
            overview=overview,
            races=races,
            headings=HEADINGS,
            scaling_headings=scaling.HEADINGS,
            version=__version__,
            style=Markup(_style()),
            hashes=Markup(f"{_hash(library)} {_hash(script)}"),
            data=Markup(gallery.as_json()),
            library=Markup(library),
            script=Markup(script),
        )
    )


class _Gallery:
    """The charts of the page, with their data; data that two charts share stands there once."""

    def __init__(self) -> None:
        self._templates = charts.templates()
        self._entries: list[dict[str, Any]] = []
        self._data: list[Any] = []
        self._places: dict[int, int] = {}

    def hang(self, figure: Figure) -> _Entry:
        place = self._places.setdefault(id(figure.columns), len(self._data))
        if place == len(self._data):
            self._data.append(figure.columns)
        self._entries.append({"kind": figure.kind, "data": place})
        return _Entry(len(self._entries) - 1, figure, self._templates[figure.kind])

    def as_json(self) -> str:
        """Return all of it so that it can stand within a script element, whatever the names in it are."""
        content = {
            "config": theme.config(),
            "row": charts.ROW,
            "charts": {
                kind: {"spec": template.spec, "columns": [asdict(column) for column in template.columns]}
                for kind, template in self._templates.items()
            },
            "figures": self._entries,
            "data": self._data,
        }
        return _in_json(json.dumps(content, allow_nan=False, separators=(",", ":")))


def _row(record: Record) -> _Row:
    if not record.ok:
        return _Row(record.title, [_Cell("-")] * (len(HEADINGS) - 2), record.status, failed=True)
    tones = dict.fromkeys(FIGURES, "") | {FIGURES[1]: _tone(record)}
    cells = map(_Cell, trial_figures(record), _values(record), tones.values())
    return _Row(record.title, list(cells), ", ".join(doubt.code for doubt in record.doubts), failed=False)


def _values(record: Record) -> list[float | str]:
    """The numbers of a trial's figures; nothing where there is none, which is sorted to the end."""
    times = (record.startup_seconds, record.first_call_seconds, record.shutdown_seconds)
    values = [
        record.samples.median,
        1.0 if is_baseline(record) else record.speedup.estimate if record.speedup else None,
        record.cpu_seconds,
        record.peak_memory_bytes,
        *(median(each) if each else None for each in times),
        len(record.samples),
    ]
    return ["" if value is None else value for value in values]


def _tone(record: Record) -> str:
    if record.speedup is None or not record.speedup.excludes(1.0):
        return ""
    return " fast" if record.speedup.low > 1 else " slow"


def _environment() -> jinja2.Environment:
    """Everything that is not ours is shown as text: what cannot be seen is written out, then escaped."""
    return jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, finalize=_finalize)


def _finalize(value: Any) -> Any:
    if isinstance(value, str) and not isinstance(value, Markup):
        return "\n".join(visible(line) for line in value.split("\n"))
    return value


def _file(name: str) -> str:
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")


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
