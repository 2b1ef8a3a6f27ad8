"""Highlighted code."""

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer


def highlighted(source):
    """Return Python's source as HTML."""
    return highlight(source, PythonLexer(), HtmlFormatter())
