"""Where the function of a workload is in the repository: read from the source, of which nothing is imported."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from execbench.plugins.registry import Plugin

Place = tuple[str, int]
"""A file relative to the root of the repository, and a line; an empty file where it is unknown."""

UNKNOWN: Place = ("", 0)


def place_of(plugin: Plugin, file: str, root: Path, files: Sequence[str]) -> Place:
    """Return where a workload's function is defined, or else where the workload is.

    Args:
        plugin: the workload.
        file: its module, relative to the root; empty where it is an installed one.
        root: of the checkout.
        files: all files of the repository, relative to the root.
    """
    file = file or _file_of(plugin.module, files)
    tree = _parsed(root, file)
    if tree is None:
        return UNKNOWN
    name = plugin.attribute if plugin.is_function else _function_of(tree, plugin.attribute)
    defined = _defined(tree, name)
    if defined:
        return file, defined
    home, original = _imported(tree, name)
    other = _file_of(home, files) if home else ""
    found = _defined(_parsed(root, other), original)
    return (other, found) if found else (file, _defined(tree, plugin.attribute) or 1)


def _parsed(root: Path, file: str) -> ast.Module | None:
    try:
        return ast.parse((root / file).read_bytes()) if file else None
    except (OSError, SyntaxError, ValueError):
        return None


def _file_of(module: str, files: Sequence[str]) -> str:
    """Return the file of a module that is installed from this repository: the one that is nested least."""
    path = module.replace(".", "/")
    ends = (f"{path}.py", f"{path}/__init__.py")
    found = [file for file in files if file in ends or file.endswith(tuple(f"/{end}" for end in ends))]
    return min(found, key=lambda file: file.count("/"), default="")


def _defined(tree: ast.Module | None, name: str) -> int:
    """Return the line on which a module defines or assigns a name; 0 if it does not."""
    for statement in tree.body if tree else ():
        targets = getattr(statement, "targets", []) or [getattr(statement, "target", None)]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        if name and name in (getattr(statement, "name", None), *names):
            return int(statement.lineno)
    return 0


def _function_of(tree: ast.Module, attribute: str) -> str:
    """Return the name of the function that a workload is made of, as far as the source says it plainly."""
    for statement in tree.body:
        targets = getattr(statement, "targets", [])
        if any(isinstance(target, ast.Name) and target.id == attribute for target in targets):
            call = getattr(statement, "value", None)
            given = [word.value for word in getattr(call, "keywords", []) if word.arg == "fn"]
            given += getattr(call, "args", [])[:1]
            return next((one.id for one in given if isinstance(one, ast.Name)), "")
    return ""


def _imported(tree: ast.Module, name: str) -> tuple[str, str]:
    """Return the module that a name is imported from, and its name there; empty if it is not imported."""
    for module, alias in _imports(tree):
        if name and name == (alias.asname or alias.name):
            return module, alias.name
    return "", ""


def _imports(tree: ast.Module) -> Iterator[tuple[str, ast.alias]]:
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and statement.module:
            yield from ((statement.module, alias) for alias in statement.names)
