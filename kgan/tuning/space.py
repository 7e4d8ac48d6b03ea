"""Values of a hyper-parameter: one, a range, or a list."""

from collections.abc import Sequence
from typing import Any

import keras_tuner
import numpy as np

from kgan.arguments import LARGEST, is_integer, numbers_of, shown

# A smaller clip value would be 0 in the networks.
SMALLEST = float(np.finfo("float32").tiny)
GREATEST = float(np.finfo("float32").max)

Space = float | tuple[float, float] | Sequence[float]

_FORMS = (
    "one number, a tuple (smallest, largest) to search between, or a list of "
    "the numbers to try"
)


def check_space(name: str, space: Any, whole: bool = False) -> Any:
    """Returns the space with plain numbers; raises ValueError for others.

    Args:
        name: Name of the argument, for the error.
        space: Positive finite number, tuple `(smallest, largest)` or
            non-empty list of distinct numbers.
        whole: Whether only integers are allowed.

    Raises:
        ValueError: If a number is not positive and finite, if it is not whole
            where it must be, or if a range is reversed or holds only one
            number.
    """
    is_many = isinstance(space, list | tuple)
    numbers = list(space) if is_many else [space]
    if whole:
        fits = all(is_integer(n) and 1 <= n <= LARGEST for n in numbers)
    else:
        fits = numbers == [] or bool(numbers_of(numbers))
        fits = fits and all(SMALLEST <= n <= GREATEST for n in numbers)
    if not fits:
        what = "positive finite numbers of float32"
        if whole:
            what = f"integers from 1 to {LARGEST:,}"
        raise ValueError(
            f"`{name}` must be of {what}: {_FORMS}. Received: "
            f"{name}={shown(space)}"
        )
    numbers = [int(n) if whole else float(n) for n in numbers]
    if isinstance(space, tuple):
        if len(numbers) != 2 or numbers[0] >= numbers[1]:
            raise ValueError(
                f"`{name}` as a tuple must be (smallest, largest), two numbers "
                "that grow; pass a list for values to try. Received: "
                f"{name}={space!r}"
            )
        return tuple(numbers)
    if isinstance(space, list):
        if not numbers or len(set(numbers)) < len(numbers):
            raise ValueError(
                f"`{name}` as a list must hold distinct numbers, at least one. "
                f"Received: {name}={space!r}"
            )
        return numbers
    return numbers[0]


def largest(space: Any) -> float:
    """Returns the largest number of a checked space."""
    return max(space) if isinstance(space, list | tuple) else space


def declare(
    hp: keras_tuner.HyperParameters,
    name: str,
    space: Any,
    default: float | None = None,
) -> Any:
    """Adds a hyper-parameter of a checked space; returns its value.

    Floats are searched on a log scale, integers evenly. A grid search begins
    at `default` if the space contains it.
    """
    if isinstance(space, list):
        return hp.Choice(name, space, ordered=not isinstance(space[0], str))
    if not isinstance(space, tuple):
        return hp.Fixed(name, space)
    smallest, greatest = space
    if default is None or not smallest <= default <= greatest:
        default = None
    if isinstance(smallest, int):
        return hp.Int(name, smallest, greatest, default=default)
    return hp.Float(name, smallest, greatest, sampling="log", default=default)
