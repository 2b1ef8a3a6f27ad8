"""Defaults of a project: `[tool.execbench]` in the nearest pyproject.toml that has such a table.

    [tool.execbench]
    backend = ["pool", "joblib"]    # of all commands that have the option

    [tool.execbench.run]
    launches = 10                   # of one command

Each key is the name of an option. What it says comes before the command line, so that the command line wins.
"""

import argparse
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from msgspec import Struct, convert

from execbench import files
from execbench.errors import BadInput


@dataclass(frozen=True)
class Defaults:
    """The table of a project; an empty one where it has none."""

    path: Path
    table: Mapping[str, Any]

    def check(self, commands: Sequence[str], parser_of: Callable[[str], argparse.ArgumentParser]) -> None:
        """Raise BadInput for a name that no command has as an option."""
        for name, value in self.table.items():
            if isinstance(value, Mapping):
                self._check_name("tool.execbench", name, commands, "a command")
                for option in value:
                    self._check_name(f"tool.execbench.{name}", option, _options(parser_of(name)), "an option")
            else:
                anywhere = [option for command in commands for option in _options(parser_of(command))]
                self._check_name("tool.execbench", name, anywhere, "an option")

    def _check_name(self, table: str, name: str, known: Collection[str], what: str) -> None:
        if name not in known:
            nearest = "".join(f": did you mean {near}?" for near in get_close_matches(name, known, 1, cutoff=0))
            raise BadInput(f"{self.path}: [{table}] has {name}, which is not {what}{nearest}")

    def arguments(self, command: str, parser: argparse.ArgumentParser, given: argparse.Namespace) -> list[str]:
        """Return the defaults of a command as arguments, but for lists that the command line gives itself."""
        of_all = {name: value for name, value in self.table.items() if not isinstance(value, Mapping)}
        own = self.table.get(command)
        chosen = {**of_all, **(own if isinstance(own, Mapping) else {})}
        options = {name: option for name, option in _options(parser).items() if name in chosen}
        return [
            word
            for name, option in options.items()
            if not (isinstance(option.default, list) and getattr(given, option.dest))
            for word in self._words(name, chosen[name], option)
        ]

    def _words(self, name: str, value: Any, option: argparse.Action) -> list[str]:
        if option.nargs == 0:
            if not isinstance(value, bool):
                raise BadInput(f"{self.path}: {name} = {value!r}: give true or false")
            return [f"--{name}"] if value else []
        values = value if isinstance(value, list) and isinstance(option.default, list) else [value]
        if not all(type(each) in (str, int, float) for each in values):
            raise BadInput(f"{self.path}: {name} = {value!r}: give a text or a number, as for --{name}")
        return [f"--{name}={each}" for each in values]

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """Name the file in the message about a value that no option can have."""
        try:
            yield
        except BadInput as error:
            raise BadInput(f"{self.path}: {str(error).splitlines()[0]}") from error


def nearest() -> Defaults:
    """Return the defaults of the project that the current folder belongs to."""
    try:
        here = Path.cwd()
    except OSError:  # it was removed
        return Defaults(Path(), {})
    for folder in (here, *here.parents):
        path = folder / "pyproject.toml"
        if path.is_file() and (table := _table(path)) is not None:
            return Defaults(path, table)
    return Defaults(here, {})


def _options(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """Return the options of a parser, each by its long name without the dashes."""
    return {
        word.removeprefix("--"): action
        for action in parser._actions  # no other way to ask a parser
        for word in action.option_strings
        if word.startswith("--") and action.dest != "help"
    }


class _Tools(Struct, frozen=True):
    execbench: dict[str, Any] | None = None


class _Project(Struct, frozen=True):
    tool: _Tools = _Tools()


def _table(path: Path) -> Mapping[str, Any] | None:
    """Return the table in a file; what is wrong with a file that does not mention execbench is not our business."""
    try:
        content = files.read(path)
        if b"execbench" not in content:
            return None
        return convert(tomllib.loads(content.decode()), _Project).tool.execbench
    except (BadInput, ValueError) as error:
        raise BadInput(f"{path}: {error}") from error
