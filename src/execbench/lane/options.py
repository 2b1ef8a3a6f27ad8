"""A plugin's options: the keyword-only parameters of a callable, typed by their annotations."""

from __future__ import annotations

import inspect
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

_UNIONS = (typing.Union, getattr(types, "UnionType", typing.Union))
"""The origins of `Union[int, str]` and `int | str`; Python 3.9 has only the first."""


_INITIALIZER = ("initializer", "initargs")
"""What a backend takes beside its options, if its workers can call a function first."""


class WrongOption(Exception):
    """An option that a plugin does not have, or a value that it does not allow."""


@dataclass(frozen=True)
class Values:
    """The values of a plugin's options."""

    all: dict[str, Any]
    changed: dict[str, Any]
    """The options whose value is not the default."""


def parameters(function: Callable[..., Any]) -> dict[str, tuple[Any, Any]]:
    """Return the annotation and default of each of a callable's options, by name."""
    try:
        signature = inspect.signature(function)
    except ValueError:  # some callables written in C have no signature
        return {}
    options = [
        entry
        for entry in signature.parameters.values()
        if entry.kind is inspect.Parameter.KEYWORD_ONLY and entry.name not in _INITIALIZER
    ]
    # Only the options' annotations are evaluated: the others may name types that exist for type checkers alone.
    only = types.SimpleNamespace(__annotations__={option.name: option.annotation for option in options})
    code = inspect.unwrap(function.__init__ if inspect.isclass(function) else function)
    hints = typing.get_type_hints(only, getattr(code, "__globals__", {}))
    return {option.name: (hints[option.name], option.default) for option in options}


def takes(fn: Callable[..., Any], count: int) -> bool:
    """Return whether a function takes this many arguments, as far as its signature tells."""
    try:
        signature = inspect.signature(fn)
    except (TypeError, ValueError):  # some callables written in C have no signature
        return True
    try:
        signature.bind(*range(count))
    except TypeError:
        return False
    return True


def takes_initializer(backend: Callable[..., Any]) -> bool:
    """Return whether a backend's workers can call a function before their first task."""
    try:
        taken = inspect.signature(backend).parameters
    except ValueError:  # some callables written in C have no signature
        return False
    return all(name in taken for name in _INITIALIZER)


def describe(function: Callable[..., Any]) -> dict[str, dict[str, str | None]]:
    """Return what each option allows, and its default: `{"call": {"allows": "map|apply", "default": "map"}}`."""
    return {
        name: {"allows": _allowed(annotation), "default": None if _required(default) else str(default)}
        for name, (annotation, default) in parameters(function).items()
    }


def convert(owner: str, function: Callable[..., Any], given: Mapping[str, str]) -> Values:
    """Convert options from text; WrongOption if one is unknown, missing, or not allowed by its annotation."""
    known = parameters(function)
    values: dict[str, Any] = {}
    for name, text in given.items():
        if name not in known:
            takes = ", ".join(f"{key}={_allowed(annotation)}" for key, (annotation, _) in known.items())
            raise WrongOption(f"{owner} has no option {name!r}; it takes {takes or 'no options'}")
        values[name] = _value(owner, name, known[name][0], text)
    missing = [name for name, (_, default) in known.items() if _required(default) and name not in values]
    if missing:
        raise WrongOption(f"{owner} needs the option {missing[0]}={_allowed(known[missing[0]][0])}")
    everything = {name: values.get(name, default) for name, (_, default) in known.items()}
    for name, value in everything.items():
        _check_json(owner, name, value)
    changed = {name: value for name, value in values.items() if value != known[name][1]}
    return Values(everything, changed)


def _required(default: Any) -> bool:
    return default is inspect.Parameter.empty


def _allowed(annotation: Any) -> str:
    """Return the values that an annotation allows, as a user would write them."""
    if annotation is None or annotation is type(None):
        return "none"
    if typing.get_origin(annotation) is Literal:
        return "|".join(str(choice) for choice in typing.get_args(annotation))
    if _is_union(annotation):
        return "|".join(_allowed(part) for part in typing.get_args(annotation))
    return "true|false" if annotation is bool else getattr(annotation, "__name__", str(annotation))


def _is_union(annotation: Any) -> bool:
    return typing.get_origin(annotation) in _UNIONS


def _value(owner: str, name: str, annotation: Any, text: str) -> Any:
    for part in typing.get_args(annotation) if _is_union(annotation) else (annotation,):
        try:
            return _as_one(part, text)
        except ValueError:  # noqa: PERF203 -- an option has few types
            continue
    raise WrongOption(f"{owner}: {name}={text} is not allowed; {name} takes {_allowed(annotation)}")


def _as_one(annotation: Any, text: str) -> Any:
    """Convert a text to one type of the annotation; ValueError if that does not work."""
    if annotation in (int, float):
        return annotation(text)
    if annotation is type(None):
        choices: dict[str, Any] = {"none": None}
    elif annotation is bool:
        choices = {"true": True, "false": False}
    elif typing.get_origin(annotation) is Literal:
        choices = {str(choice): choice for choice in typing.get_args(annotation)}
    else:
        return text
    if text not in choices:
        raise ValueError(text)
    return choices[text]


def _check_json(owner: str, name: str, value: Any) -> None:
    """Raise WrongOption for a value that the artifact, which is JSON, cannot hold."""
    if value is not None and not isinstance(value, (str, int, float)):
        raise WrongOption(f"{owner}: {name} is {value!r}; an option must be text, a number, true, false or none")
    if isinstance(value, float) and not math.isfinite(value):
        raise WrongOption(f"{owner}: {name}={value} is not allowed; give a finite number")
