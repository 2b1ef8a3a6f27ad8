"""A document's flat table as CSV, with plain numbers."""

import csv
import io

from execbench.errors import BadInput
from execbench.report.document import Cell, Document
from execbench.report.escape import spreadsheet


def as_csv(document: Document) -> str:
    """Return a heading, and a line for each row.

    Raises:
        BadInput: it has no flat table.
    """
    if document.data is None:
        raise BadInput(f"there is no flat table of {document.title}")
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(column.heading for column in document.data.columns)
    writer.writerows(map(_value, row) for row in document.data.rows)
    return output.getvalue()


def _value(cell: Cell) -> float | str:
    value = cell.text if cell.value is None else cell.value
    return spreadsheet(value) if isinstance(value, str) else value
