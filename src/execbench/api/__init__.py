"""The functions for Python programs and notebooks, which are attributes of `execbench`.

Each is imported once it is used, as the command line shares parts of this package, and needs no others.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "Advice": "api.advising",
    "BadInput": "errors",
    "Checkups": "api.checking",
    "Comparison": "api.comparing",
    "Race": "api.racing",
    "advise": "api.advising",
    "check": "api.checking",
    "compare": "api.comparing",
    "race": "api.racing",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"execbench.{_HOMES[name]}"), name)
