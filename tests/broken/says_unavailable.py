"""Declares that it cannot work here."""

from execbench import Unavailable

raise Unavailable("it needs Python 4")
