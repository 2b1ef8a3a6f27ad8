"""The catalogue: each backend and workload with its options, and whether it works here."""

from collections.abc import Mapping, Sequence

from execbench.plugins.describe import Description
from execbench.plugins.registry import Kind
from execbench.report import columns
from execbench.report.columns import Field
from execbench.report.document import Document, Section, Tone


def listing_document(described: Mapping[Kind, Sequence[Description]]) -> Document:
    """Return a table for each kind of plugin."""
    sections: list[Section] = []
    for kind, plugins in described.items():
        title = f"{kind.capitalize()}s"
        fields = [field for field in _FIELDS if field.name != "tasks" or kind == "workload"]
        titled = ((description.plugin.name, description) for description in plugins)
        sections.append(Section(title, [columns.table(kind, fields, titled, title)]))
    rows = [description for plugins in described.values() for description in plugins]
    return Document("What can be raced here", sections, data=columns.flat(_FIELDS, rows))


def _what_it_is(description: Description) -> str:
    if description.broken:
        return f"broken: {description.broken}"
    return f"unavailable: {description.unavailable}" if description.unavailable else description.summary


def _tone(description: Description) -> Tone:
    return "bad" if description.broken else "warn" if description.unavailable else ""


def _options(description: Description) -> str:
    return ", ".join(f"{name}={option['allows']} ({option['default']})" for name, option in description.takes.items())


_FIELDS: Sequence[Field[Description]] = [
    Field("kind", lambda description: description.plugin.kind),
    Field("name", lambda description: description.plugin.name),
    Field("tasks", lambda description: description.size, "tasks", lambda description: str(description.size or "-")),
    Field("works", lambda description: str(description.works).lower()),
    Field("what_it_is", _what_it_is, "what it is", tone=_tone, numeric=False),
    Field("options", _options, "options", numeric=False),
]
