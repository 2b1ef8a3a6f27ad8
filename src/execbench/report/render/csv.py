"""A document's flat table as CSV, with plain numbers."""

import csv
import io

from execbench.errors import BadInput
from execbench.report.document import Document
from execbench.report.escape import spreadsheet


def as_csv(document: Document) -> str:
    """Return the flat table; BadInput where the document has none."""
    if document.data is None:
        raise BadInput(f"there is no flat table of {document.title}")
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(document.data.fields)
    for row in document.data.rows:
        writer.writerow(spreadsheet(value) if isinstance(value, str) else value for value in row)
    return output.getvalue()
