"""Run a script, and record what a function of it is called with."""

from __future__ import annotations

import builtins
import difflib
import functools
import inspect
import os
import pickle
import signal
import sys
import threading
from collections import UserDict
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from execbench.lane.code import users_line
from execbench.lane.judging import in_a_line
from execbench.lane.questions import Ran, Record
from execbench.lane.recorded import MAIN, Call, Entry, Found, Refused, append

MAX_BYTES = 10**9
"""Of all arguments."""


def record(command: Record) -> Ran:
    """Run a script as the main program, or as an imported module, until it ends or is interrupted."""
    script = ModuleType(command.name)
    script.__file__ = command.script
    sys.modules[command.name] = script
    sys.argv = [command.script]
    path = list(sys.path)
    sys.path.insert(0, os.path.dirname(command.script))
    with open(command.calls, "ab", buffering=0) as file:
        tape = _Tape(file.fileno(), command.most)
        places = [(command.name if module == MAIN else module, attribute) for module, attribute in command.places]
        with _Replacement(places, tape, path) as replacement:
            raised, interrupted = None, False
            try:
                _run(script, replacement)
            except KeyboardInterrupt:  # as the tape and the parent do it, once enough is recorded
                interrupted = True
            except SystemExit:  # a way to end a script; what was recorded counts
                pass
            except BaseException as error:
                place = users_line(error)
                raised = f"{in_a_line(error)} ({place})" if place else in_a_line(error)
            return Ran(raised, interrupted, None if replacement.found else _why_not_found(places, command))


def _run(script: ModuleType, replacement: _Replacement) -> None:
    """Run a script, and wait for its threads as Python does."""
    with open(str(script.__file__), "rb") as source:
        code = compile(source.read(), str(script.__file__), "exec", dont_inherit=True)
    exec(code, script.__dict__, _Names(script.__dict__, replacement.look))
    for thread in threading.enumerate():
        if not (thread.daemon or thread is threading.current_thread()):
            thread.join()


class _Names(UserDict):  # type: ignore[type-arg]
    """The names of a module, while its code runs: a new one is looked at before the next line runs."""

    def __init__(self, names: dict[str, Any], look: Callable[[], object]) -> None:
        self.data = names
        self._look = look

    def __setitem__(self, name: str, value: Any) -> None:
        self.data[name] = value
        self._look()


class _Replacement:
    """Replaces a function by a recorder as soon as its module has it, before others can import it from there.

    Args:
        places: where the function may be: modules, each with an attribute.
        tape: what records.
        path: the folders that other processes look for modules in.
    """

    def __init__(self, places: list[tuple[str, str]], tape: _Tape, path: list[str]) -> None:
        self.found = False
        self._places, self._tape, self._path = places, tape, path
        self._replaced: list[tuple[Any, str, Any]] = []
        self._import = builtins.__import__

    def __enter__(self) -> _Replacement:
        builtins.__import__ = self._import_and_look
        self.look()
        return self

    def __exit__(self, *_: object) -> None:
        builtins.__import__ = self._import
        for owner, name, original in reversed(self._replaced):
            setattr(owner, name, original)

    def _import_and_look(self, *args: Any, **kwargs: Any) -> Any:
        module = self._import(*args, **kwargs)
        self.look()
        return module

    def look(self) -> None:
        """Replace the function wherever it has come up since the last look."""
        for place in () if self._tape.is_full else self._places:
            owner, name = _owner(*place)
            value = vars(owner).get(name) if hasattr(owner, "__dict__") else None
            function = value.__func__ if isinstance(value, (staticmethod, classmethod)) else value
            if function is None or isinstance(function, _Recorder):
                continue
            self._replace(owner, name, value, function)
            if not self.found:
                self.found = True
                self._places = [place]
                self._tape.write(Found(*place, self._new_folder(place[0])))
                break

    def _replace(self, owner: Any, name: str, value: Any, function: Any) -> None:
        if isinstance(function, type) or not callable(function):
            kind = "a class" if isinstance(function, type) else type(function).__name__
            self._tape.refuse(f"{name} is {kind}, and not a function")
            return
        recorder: Any = _Recorder(function, self._tape, skipped=isinstance(value, classmethod))
        try:
            setattr(owner, name, recorder if function is value else type(value)(recorder))
        except TypeError as error:
            self._tape.refuse(f"{name} cannot be replaced by a recorder: {error}")
            return
        self._replaced.append((owner, name, value))

    def _new_folder(self, name: str) -> str | None:
        """Return the folder that the script has added to Python's path to import a module from."""
        module = sys.modules[name]
        file = getattr(module, "__file__", None)
        if file is None:
            return None
        folder = os.fspath(Path(file).absolute().parents[name.count(".") + hasattr(module, "__path__")])
        return None if folder in self._path else folder


class _Recorder:
    """Stands for a function, and records calls from outside of it."""

    def __init__(self, function: Callable[..., Any], tape: _Tape, *, skipped: int) -> None:
        functools.update_wrapper(self, function)
        self._function, self._tape, self._skipped = function, tape, skipped
        self._inside = threading.local()

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        if getattr(self._inside, "here", False):
            return self._function(*args, **kwargs)
        self._inside.here = True
        try:
            self._tape.record(*_as_given(self._function, args, kwargs, self._skipped))
            return self._function(*args, **kwargs)
        finally:
            self._inside.here = False

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._function, name)

    def __reduce__(self) -> str:
        return str(self.__qualname__)


class _Tape:
    """Writes calls to a file, and interrupts the script once these are enough."""

    def __init__(self, file: int, most: int) -> None:
        self._file, self._left, self._bytes = file, most, MAX_BYTES
        self._process = os.getpid()
        self._lock = threading.Lock()

    @property
    def is_full(self) -> bool:
        """Whether nothing more is recorded."""
        return not self._left

    def write(self, entry: Entry, content: bytes = b"") -> None:
        """Write an entry."""
        append(self._file, entry, content)

    def refuse(self, why: str) -> None:
        """Say why nothing can be recorded."""
        self.write(Refused(why))
        self._stop()

    def record(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Write a call as it is now, as the arguments may be changed later."""
        with self._lock:
            if not self._left:
                return
            try:
                content = pickle.dumps((args, kwargs), protocol=pickle.HIGHEST_PROTOCOL)
            except Exception as error:
                self.refuse(f"its arguments cannot be pickled: {in_a_line(error)}")
                return
            self._left -= 1
            self._bytes -= len(content)
            if self._bytes >= 0:
                call = Call(len(args), sorted(kwargs), len(content), needs_script=b"__main__" in content)
                self.write(call, content)
            if not self._left or self._bytes <= 0:
                self._stop()

    def _stop(self) -> None:
        """Interrupt the script as Ctrl-C does; a process that it has forked goes on, as it would wait for that."""
        self._left = 0
        if os.getpid() == self._process:
            os.kill(self._process, signal.SIGINT)


def _as_given(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], skipped: int
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments of a call either all by position or, where that cannot be, all by name."""
    given = args[skipped:]
    if not kwargs:
        return given, {}
    try:
        signature = inspect.signature(function)
        bound = signature.bind(*args, **kwargs)
    except (TypeError, ValueError):  # it has no signature, or the call will fail
        return given, kwargs
    if not bound.kwargs:
        return bound.args[skipped:], {}
    named = [name for name, each in signature.parameters.items() if each.kind is each.POSITIONAL_OR_KEYWORD]
    if len(named) < len(args):
        return given, kwargs
    return (), {**dict(zip(named[skipped:], given)), **kwargs}


def _owner(module: str, attribute: str) -> tuple[Any, str]:
    """Return the module or class that has an attribute, as far as it is there yet, and the attribute's own name."""
    *path, name = attribute.split(".")
    return functools.reduce(lambda owner, part: getattr(owner, part, None), path, sys.modules.get(module)), name


def _why_not_found(places: list[tuple[str, str]], command: Record) -> str:
    """Say what is not there."""
    for module, attribute in places:
        owner, name = _owner(module, attribute)
        if owner is not None:
            close = difflib.get_close_matches(name, dir(owner), n=1)
            hint = f": did you mean {close[0]!r}?" if close else ""
            where = os.path.basename(command.script) if module == command.name else module
            return f"{where} has no attribute {attribute!r}{hint}"
    return f"it never imported {places[0][0]}"
