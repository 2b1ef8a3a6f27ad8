"""Contracts for import-linter that it does not have: pyproject.toml says what they are applied to."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class _Listing(Contract):
    """A contract whose breaches are lines."""

    def breaches(self, graph: ImportGraph) -> list[str]:
        """Return what breaks the contract."""
        raise NotImplementedError

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Return whether the contract is kept."""
        found = self.breaches(graph)
        return ContractCheck(kept=not found, metadata={"breaches": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print what breaks the contract."""
        for line in check.metadata["breaches"]:
            output.print_error(line, bold=False)


class StandardLibraryOnly(_Listing):
    """Modules, with all below them, that import the standard library, each other, and what is allowed."""

    type_name = "standard_library_only"

    modules: Any = fields.ListField(subfield=fields.StringField())
    allowed: Any = fields.ListField(subfield=fields.StringField())
    exceptions: Any = fields.ListField(subfield=fields.StringField(), required=False, default=[])

    def breaches(self, graph: ImportGraph) -> list[str]:
        """Return the imports of anything else."""
        inside = {name for root in self.modules for name in (root, *graph.find_descendants(root))}
        known = inside | set(self.allowed) | set(sys.stdlib_module_names)
        found = [
            f"{importer} -> {imported}"
            for importer in sorted(inside)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if imported not in known and imported.partition(".")[0] not in known - {"execbench"}
        ]
        return [line for line in found if line not in self.exceptions]


class NamesNoPlugin(_Listing):
    """A framework in which no text is the name of a file in the catalogue's folders, and nothing imports one."""

    type_name = "names_no_plugin"

    folders: Any = fields.ListField(subfield=fields.StringField())
    allowed: Any = fields.ListField(subfield=fields.StringField())

    def breaches(self, graph: ImportGraph) -> list[str]:
        """Return the modules with the names that they should not know."""
        plugins = {file.stem for folder in self.folders for file in Path(folder).glob("[!_]*.py")}
        folders = {f"execbench.{folder}" for folder in self.folders}
        found = []
        for module in sorted(name for name in graph.modules if name.partition(".")[0] == "execbench"):
            texts, imports = _texts_and_imports(module)
            found += [f"{module} names {name}" for name in sorted(texts & plugins - set(self.allowed))]
            found += [f"{module} imports {name}" for name in sorted(imports) if name.rpartition(".")[0] in folders]
        return found


def _texts_and_imports(module: str) -> tuple[set[str], set[str]]:
    """Every text that a module holds, and everything that it imports."""
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    texts: set[str] = set()
    imports: set[str] = set()
    for node in ast.walk(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.add(node.value)
        elif isinstance(node, ast.Import):
            imports |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imports |= {f"{node.module}.{alias.name}" for alias in node.names}
    return texts, imports
