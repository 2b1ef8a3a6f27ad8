"""Options of a plugin: the keyword-only parameters of a callable, typed by their annotations."""

from __future__ import annotations

import inspect
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

_WORDS = {"true": True, "false": False}

_UNIONS = (typing.Union, getattr(types, "UnionType", typing.Union))
"""What `Union[int, str]` and `int | str` come from; Python 3.9 has only the first."""


class WrongOption(Exception):
    """An option that a plugin does not take, or a value that it does not allow."""


@dataclass(frozen=True)
class Values:
    """A plugin's options, each with its value, and those among them whose value is not the default."""

    all: dict[str, Any]
    changed: dict[str, Any]


def parameters(function: Callable[..., Any]) -> dict[str, tuple[Any, Any]]:
    """Return the annotation and the default of each option of a callable, by name."""
    try:
        signature = inspect.signature(function)
    except ValueError:  # some callables of C have no signature to look at
        return {}
    found = [entry for entry in signature.parameters.values() if entry.kind is inspect.Parameter.KEYWORD_ONLY]
    # Of the options only: a module may annotate its results with what exists for type checkers alone.
    only = types.SimpleNamespace(__annotations__={entry.name: entry.annotation for entry in found})
    code = inspect.unwrap(function.__init__ if inspect.isclass(function) else function)
    hints = typing.get_type_hints(only, getattr(code, "__globals__", {}))
    return {entry.name: (hints[entry.name], entry.default) for entry in found}


def describe(function: Callable[..., Any]) -> dict[str, dict[str, str | None]]:
    """Return what each option allows and its default: `{"call": {"allows": "map|apply", "default": "map"}}`."""
    return {
        name: {"allows": _allowed(annotation), "default": None if _required(default) else str(default)}
        for name, (annotation, default) in parameters(function).items()
    }


def convert(owner: str, function: Callable[..., Any], given: Mapping[str, str]) -> Values:
    """Turn option texts into values.

    Raises:
        WrongOption: an option is unknown, missing or has a value that its annotation does not allow.
    """
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
        _refuse_what_cannot_be_kept(owner, name, value)
    changed = {name: value for name, value in values.items() if value != known[name][1]}
    return Values(everything, changed)


def _required(default: Any) -> bool:
    return default is inspect.Parameter.empty


def _allowed(annotation: Any) -> str:
    """Say what an annotation allows, as a user would write it."""
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
    """Read a text as one type of the annotation; ValueError where it is none."""
    if annotation in (int, float):
        return annotation(text)
    if annotation is type(None):
        choices: dict[str, Any] = {"none": None}
    elif annotation is bool:
        choices = _WORDS
    elif typing.get_origin(annotation) is Literal:
        choices = {str(choice): choice for choice in typing.get_args(annotation)}
    else:
        return text
    if text not in choices:
        raise ValueError(text)
    return choices[text]


def _refuse_what_cannot_be_kept(owner: str, name: str, value: Any) -> None:
    """Options are kept in the artifact, which is JSON."""
    if value is not None and not isinstance(value, (str, int, float)):
        raise WrongOption(f"{owner}: {name} is {value!r}; an option is a text, a number, true, false or none")
    if isinstance(value, float) and not math.isfinite(value):
        raise WrongOption(f"{owner}: {name}={value} is not allowed; give a finite number")
