"""The imports of a program: merged, sorted as usual, and no name for two things."""

import ast
import sys
from collections.abc import Collection

from execbench.lane.naming import is_dotted_name

_FIRST_PARTY = 3


class Imports:
    """Collects imports.

    Args:
        taken: The names that mean something else in the program.
        own: The first names of the user's own modules, which come last.
    """

    def __init__(self, taken: Collection[str], own: Collection[str]) -> None:
        self._taken = set(taken)
        self._own = frozenset(own)
        self._modules: set[str] = set()
        self._members: dict[str, set[str]] = {}
        """What is imported from each module."""
        self._expressions: dict[tuple[str, str], str] = {}

    def add(self, statement: str) -> None:
        """Add an import statement, whose names are taken then."""
        for node in ast.parse(statement).body:
            if isinstance(node, ast.Import):
                self._modules.update(ast.unparse(alias) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                module = "." * node.level + (node.module or "")
                self._members.setdefault(module, set()).update(ast.unparse(alias) for alias in node.names)

    def bring(self, module: str, attribute: str) -> str:
        """Import what a module has, and return the expression for it."""
        key = (module, attribute)
        if key not in self._expressions:
            self._expressions[key] = self._brought(module, attribute)
        return self._expressions[key]

    def _brought(self, module: str, attribute: str) -> str:
        first, dot, rest = attribute.partition(".")
        root = module.partition(".")[0]
        if not (is_dotted_name(module) and is_dotted_name(attribute)):
            self.add("from importlib import import_module\nfrom operator import attrgetter")
            return f"attrgetter({attribute!r})(import_module({module!r}))"
        if first not in self._taken:
            self._taken.add(first)
            if module == "builtins":
                return attribute
            self._members.setdefault(module, set()).add(first)
            return attribute
        if module in self._modules or root not in self._taken:
            self._modules.add(module)
            self._taken.add(root)
            return f"{module}.{attribute}"
        name = self.free(first)
        self._members.setdefault(module, set()).add(f"{first} as {name}")
        return name + dot + rest

    @property
    def roots(self) -> set[str]:
        """The first names of the modules that are imported."""
        return {module.partition(".")[0] for module in (*self._modules, *self._members)}

    def free(self, name: str) -> str:
        """Return a name that means nothing yet: this one, or the same with underscores."""
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def __str__(self) -> str:
        """Format the statements: a paragraph each for the standard library, for others, and for the user's own."""
        statements = {
            **{f"import {module}": module.partition(" ")[0] for module in sorted(self._modules)},
            **{
                f"from {module} import {', '.join(sorted(self._members[module]))}": module
                for module in sorted(self._members)
            },
        }
        groups = ([line for line, module in statements.items() if self._group(module) == group] for group in range(4))
        return "\n\n".join("\n".join(lines) for lines in groups if lines)

    def _group(self, module: str) -> int:
        root = module.partition(".")[0]
        if root in self._own or not root:
            return _FIRST_PARTY
        return 0 if root == "__future__" else 1 if root in sys.stdlib_module_names else 2
