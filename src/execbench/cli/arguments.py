"""Types of arguments, for argparse: what they refuse, they say in a user's words."""

from __future__ import annotations

import argparse
import math


def count(text: str) -> int:
    """Read a whole number above 0."""
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def seconds(text: str) -> float:
    """Read a time above 0."""
    return _above_zero(text, "a number of seconds above 0")


def fraction(text: str) -> float:
    """Read a fraction above 0."""
    return _above_zero(text, "a fraction above 0, such as 0.05")


def share(text: str) -> float:
    """Read a fraction above 0, or a percentage."""
    if text.endswith("%"):
        return _above_zero(text[:-1], "a share above 0, such as 0.02 or 2%") / 100
    return _above_zero(text, "a share above 0, such as 0.02 or 2%")


def _above_zero(text: str, wanted: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")
    return value
