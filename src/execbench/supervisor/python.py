"""An interpreter that lanes run under: its program with options and environment, and how users write them."""

import re
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from execbench.errors import BadInput

_USAGE = "give [NAME=]PATH, then its options, such as -X gil=0, then env VAR=value"


@dataclass(frozen=True)
class Python:
    """An interpreter, and the name that distinguishes it from others in the run."""

    path: str = sys.executable
    name: str | None = None
    options: tuple[str, ...] = ()
    """What stands between the program and the code that it runs."""
    variables: tuple[str, ...] = ()
    """More environment variables, each as `NAME=value`."""

    @property
    def command(self) -> list[str]:
        """The program with its options."""
        return [self.path, *self.options]

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables by name."""
        return {name: value for name, _, value in (variable.partition("=") for variable in self.variables)}


OWN = Python()
"""The interpreter that runs execbench."""


def parse_pythons(texts: Sequence[str]) -> tuple[Python, ...]:
    """Parse interpreters, which must differ in name: trials are told apart by it."""
    found: dict[str | None, Python] = {}
    for python in map(_parse, texts):
        if python.name in found:
            raise BadInput(f"--python: two interpreters are called {python.name!r}: name each of them, as NAME=PATH")
        found[python.name] = python
    return tuple(found.values())


def _parse(text: str) -> Python:
    """Parse `[NAME=]PATH [OPTION ...] [env VAR=value ...]`, split as a shell would, with the file's name as default.

    Raises:
        BadInput: the program, the name, an option or a variable cannot be used.
    """
    try:
        first, options, variables = _parts(text)
    except ValueError as error:
        raise BadInput(f"--python {text}: {error}: {_USAGE}") from error
    name, equals, path = first.partition("=")
    if not equals:
        name, path = "", first
    program = shutil.which(path)
    if program is None:
        hint = " (quote a path with spaces)" if options and not options[0].startswith("-") else ""
        raise BadInput(f"--python {text}: there is no program {path!r}{hint}")
    name = name or Path(program).name
    if not re.fullmatch(r"[\w.+-]+", name):
        raise BadInput(f"--python {text}: {name!r} is not a valid name: use letters, digits, and any of ._+-")
    if options and not options[0].startswith("-"):
        raise BadInput(f"--python {text}: {options[0]!r} is not an option of an interpreter: {_USAGE}")
    return Python(program, name, tuple(options), tuple(variables))


def _parts(text: str) -> tuple[str, list[str], list[str]]:
    """Return the first word, the options, and the variables; ValueError says what is wrong with them."""
    words = shlex.split(text)
    if not words:
        raise ValueError("there is no program")
    if "env" not in words[1:]:
        return words[0], words[1:], []
    place = words.index("env", 1)
    variables = words[place + 1 :]
    if wrong := [word for word in variables if not re.match(r"\w+=", word)]:
        raise ValueError(f"{wrong[0]!r} is not a variable with its value")
    return words[0], words[1:place], variables
