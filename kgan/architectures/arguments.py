"""Checks that the builders share."""

from numbers import Integral
from typing import Any


def positive_integer(name: str, value: Any) -> int:
    """Returns `value` as int; raises ValueError unless it is 1, 2, ..."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise ValueError(
            f"`{name}` must be a positive integer. Received: {name}={value!r}"
        )
    return int(value)


def one_of(name: str, value: Any, choices: tuple) -> Any:
    """Returns `value`; raises ValueError unless it is among `choices`."""
    if value not in choices:
        raise ValueError(
            f"`{name}` must be one of {', '.join(map(repr, choices))}. "
            f"Received: {name}={value!r}"
        )
    return value
