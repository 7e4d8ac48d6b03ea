"""Checks of plain arguments: numbers, switches, texts and paths."""

import math
import os
from collections.abc import Callable
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np

# NumPy and the backends count with 32 bits in places.
LARGEST = 2**31 - 1


def shown(value: Any) -> str:
    """A short text of any value, for `Received:`."""
    try:
        text = repr(value)
    except Exception:  # E.g. an integer with thousands of digits.
        return f"an object of type {type(value).__name__}"
    return text if len(text) <= 100 else f"{text[:100]}..."


def is_integer(value: Any) -> bool:
    """Whether `value` is a whole number, Python's or NumPy's; no boolean."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether `value` is a real number, Python's or NumPy's; no boolean."""
    return isinstance(value, Real) and not isinstance(value, bool)


def check_integer(
    name: str, value: Any, minimum: int = 1, maximum: int | None = LARGEST
) -> int:
    """Returns `value` as int.

    Args:
        name: Name of the argument, for the message.
        value: Its value.
        minimum: The least that is allowed.
        maximum: The most, `None` where there is no such number.

    Raises:
        ValueError: If `value` is no integer in the range.
    """
    fits = is_integer(value) and value >= minimum
    if fits and (maximum is None or value <= maximum):
        return int(value)
    expected = f"an integer of at least {minimum:,}"
    if minimum == 1:
        expected = "a positive integer"
    if maximum is not None and fits:
        expected = f"an integer from {minimum:,} to {maximum:,}"
    raise ValueError(
        f"`{name}` must be {expected}. Received: {name}={shown(value)}"
    )


def check_number(
    name: str,
    value: Any,
    expected: str,
    fits: Callable[[float], bool],
    hint: str = "",
) -> float:
    """Returns `value` as float.

    Args:
        name: Name of the argument, for the message.
        value: Its value.
        expected: Which numbers are allowed, in words.
        fits: Whether a float is one of them. It never sees NaN.
        hint: The way out, for the message.

    Raises:
        ValueError: If `value` is no such number.
    """
    try:
        number = float(value) if is_number(value) else float("nan")
    except OverflowError:  # An integer larger than any float.
        number = float("nan")
    # NaN is not equal to itself.
    if number != number or not fits(number):
        raise ValueError(
            f"`{name}` must be {expected}. Received: {name}={shown(value)}"
            + (f". {hint}" if hint else "")
        )
    return number


def check_positive(name: str, value: Any) -> float:
    """Returns `value` as float; ValueError unless positive and finite."""
    return check_number(
        name,
        value,
        "a positive finite number",
        lambda number: 0 < number < math.inf,
    )


def check_finite(name: str, value: Any) -> float:
    """Returns `value` as float; raises ValueError unless it is finite."""
    return check_number(name, value, "a finite number", math.isfinite)


def numbers_of(values: Any) -> list[float]:
    """The floats of a list, a tuple or an array; empty if any is no number."""
    if isinstance(values, np.ndarray) and values.ndim == 1:
        values = list(values)
    if not isinstance(values, list | tuple):
        return []
    if not all(is_number(value) for value in values):
        return []
    try:
        return [float(value) for value in values]
    except OverflowError:  # An integer larger than any float.
        return []


def check_boolean(name: str, value: Any) -> bool:
    """Returns `value`; raises ValueError unless it is True or False."""
    if not isinstance(value, bool):
        raise ValueError(
            f"`{name}` must be True or False. Received: {name}={shown(value)}"
        )
    return value


def check_text(name: str, value: Any, what: str = "a string") -> str:
    """Returns `value`; raises ValueError unless it is a string with text.

    Args:
        name: Name of the argument, for the message.
        value: Its value.
        what: What it names, for the message.
    """
    if not isinstance(value, str) or not value or not _encodes(value):
        raise ValueError(
            f"`{name}` must be {what}, not empty and without a NUL or half a "
            f"character. Received: {name}={shown(value)}"
        )
    return value


def check_model_name(value: Any) -> str | None:
    """Returns `value`; raises ValueError unless Keras takes it as a name."""
    if value is not None and (check_text("name", value) and "/" in value):
        raise ValueError(
            "`name` of a model must be a string without a slash. Received: "
            f"name={shown(value)}"
        )
    return value


def check_path(name: str, value: Any) -> Path:
    """Returns `value` as a path; raises ValueError unless it names one."""
    text = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(text, str) or not text or not _encodes(text):
        raise ValueError(
            f"`{name}` must be a path: a string or a pathlib.Path, not empty "
            f"and without a NUL. Received: {name}={shown(value)}"
        )
    return Path(text)


def _encodes(text: str) -> bool:
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:  # A lone surrogate.
        return False
