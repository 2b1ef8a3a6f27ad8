"""Our own contract types for import-linter; pyproject.toml has the contracts."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class _Listing(Contract):
    """A contract that lists its breaches, one per line."""

    def breaches(self, graph: ImportGraph) -> list[str]:
        """Return the breaches."""
        raise NotImplementedError

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Return whether the contract is kept."""
        breaches = self.breaches(graph)
        return ContractCheck(kept=not breaches, metadata={"breaches": breaches})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print the breaches."""
        for line in check.metadata["breaches"]:
            output.print_error(line, bold=False)


class StandardLibraryOnly(_Listing):
    """These modules and their submodules import only the standard library, each other, and what is allowed."""

    type_name = "standard_library_only"

    modules: Any = fields.ListField(subfield=fields.StringField())
    allowed: Any = fields.ListField(subfield=fields.StringField())
    exceptions: Any = fields.ListField(subfield=fields.StringField(), required=False, default=[])

    def breaches(self, graph: ImportGraph) -> list[str]:
        """Return imports of anything else."""
        inside = {name for root in self.modules for name in (root, *graph.find_descendants(root))}
        known = inside | set(self.allowed) | set(sys.stdlib_module_names)
        imports = [
            f"{importer} -> {imported}"
            for importer in sorted(inside)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if imported not in known and imported.partition(".")[0] not in known - {"execbench"}
        ]
        return [line for line in imports if line not in self.exceptions]


class NamesNoPlugin(_Listing):
    """No module of the framework imports a file of the catalogue's folders, or holds its name as a string."""

    type_name = "names_no_plugin"

    folders: Any = fields.ListField(subfield=fields.StringField())
    allowed: Any = fields.ListField(subfield=fields.StringField())

    def breaches(self, graph: ImportGraph) -> list[str]:
        """Return the modules, each with a plugin that it names or imports."""
        plugins = {file.stem for folder in self.folders for file in Path(folder).glob("[!_]*.py")}
        folders = {f"execbench.{folder}" for folder in self.folders}
        breaches = []
        framework = {name for name in graph.modules if name.partition(".")[0] == "execbench"}
        framework -= {name for name in framework if {name, name.rpartition(".")[0]} & folders}
        for module in sorted(framework):
            texts, imports = _texts_and_imports(module)
            breaches += [f"{module} names {name}" for name in sorted(texts & plugins - set(self.allowed))]
            breaches += [f"{module} imports {name}" for name in sorted(imports) if name.rpartition(".")[0] in folders]
        return breaches


def _texts_and_imports(module: str) -> tuple[set[str], set[str]]:
    """Return all strings in a module, and all that it imports."""
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
