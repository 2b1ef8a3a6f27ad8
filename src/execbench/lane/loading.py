"""Import a plugin by module and attribute, or say what is wrong with it."""

from __future__ import annotations

import ast
import difflib
import importlib
import os
import sys
import traceback
from functools import reduce
from typing import Any

from execbench.lane.messages import Place
from execbench.protocol import Unavailable

BACKEND_USAGE = (
    "a backend is a callable (max_workers, /, **options) that returns a context manager; entering it gives an executor "
    "with map(fn, tasks, /, *, chunksize)"
)


class Broken(Exception):
    """A plugin that cannot be imported, or is not a valid backend or workload: the message says where and why."""


class Missing(Exception):
    """A plugin that needs a library that is not installed here: the message is the library's name."""


def load_attribute(plugin: Place) -> Any:
    """Import a module and return its attribute; raise Missing, Unavailable, or Broken for any other reason."""
    if plugin.folder is not None:
        look_in(plugin.folder)
    try:
        module = importlib.import_module(plugin.module)
    except Unavailable:
        raise
    except Exception as error:
        library = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
        if library and library != plugin.module.partition(".")[0]:
            raise Missing(library) from error
        raise Broken(f"{where(error)}{type(error).__name__}: {error}") from error
    except SystemExit as error:
        raise Broken(f"{where(error)}it calls sys.exit while it is imported") from error
    try:
        return reduce(getattr, plugin.attribute.split("."), module)
    except AttributeError:
        file = getattr(module, "__file__", None) or plugin.module
        close = difflib.get_close_matches(plugin.attribute, dir(module), n=1)
        hint = f": did you mean {close[0]!r}?" if close else ""
        raise Broken(f"{file} has no attribute {plugin.attribute!r}{hint}") from None


def look_in(folder: str) -> None:
    """Import modules from a folder, too, in this process and in all that it starts."""
    if folder not in sys.path:
        sys.path.append(folder)
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), folder)))


def where(error: BaseException) -> str:
    """Return `file:line: ` of the code that raised, in the form that editors can open."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}: "
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "importlib" not in frame.filename]
    ours = (os.path.dirname(__file__), os.path.join("execbench", "api.py"))
    own = [frame for frame in frames if not (frame.filename.startswith(ours[0]) or frame.filename.endswith(ours[1]))]
    return f"{own[-1].filename}:{own[-1].lineno}: " if own else ""


def line_of(loaded: Any, plugin: Place) -> str:
    """Return `file:line: ` of a plugin's object: where it is defined, or where its attribute is assigned."""
    code = getattr(getattr(loaded, "__wrapped__", loaded), "__code__", None)
    if code is not None:
        return f"{code.co_filename}:{code.co_firstlineno}: "
    file = getattr(sys.modules.get(plugin.module), "__file__", None)
    if file is None or not file.endswith(".py"):
        return ""
    with open(file, encoding="utf-8") as source:
        body = ast.parse(source.read()).body
    for statement in body:
        names = [target.id for target in getattr(statement, "targets", []) if isinstance(target, ast.Name)]
        if plugin.attribute in (*names, getattr(statement, "name", None)):
            return f"{file}:{statement.lineno}: "
    return f"{file}: "
