"""Argument checks shared by the data functions."""

import numbers
import os
import typing


def is_integer(value: object, minimum: int) -> bool:
    """Returns whether `value` is an integer (not a bool) >= `minimum`."""
    return (
        isinstance(value, numbers.Integral)
        and not isinstance(value, bool)
        and int(value) >= minimum
    )


def check_positive_integer(argument: str, value: object) -> None:
    """Raises `ValueError` unless `value` is an integer of at least 1."""
    if not is_integer(value, minimum=1):
        raise ValueError(
            f"`{argument}` must be a positive integer. "
            f"Received: {argument}={value!r}"
        )


def check_seed(seed: object) -> None:
    """Raises `ValueError` unless `seed` is an integer of at least 0."""
    if not is_integer(seed, minimum=0):
        raise ValueError(
            "`seed` must be a non-negative integer: the same seed gives the "
            f"same data. Received: seed={seed!r}"
        )


def check_spread(argument: str, value: typing.Any) -> None:
    """Raises `ValueError` unless `value` is a finite number of at least 0."""
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not is_number or not 0 <= float(value) < float("inf"):
        raise ValueError(
            f"`{argument}` must be a finite number of at least 0. "
            f"Received: {argument}={value!r}"
        )


def check_load_arguments(
    name: object,
    split: object,
    image_size: object,
    batch_size: object,
    channels: object,
    seed: object,
    cache: object,
    prepared: object,
) -> None:
    """Raises `ValueError` where an argument of `load` is out of range."""
    if not isinstance(name, (str, os.PathLike)) or name == "":
        raise ValueError(
            "`name` must be the name of a data set or a path to a folder. "
            f"Received: name={name!r}"
        )
    if not isinstance(split, str):
        raise ValueError(
            "`split` must be a string such as 'train'. "
            f"Received: split={split!r}"
        )
    if image_size is not None:
        check_positive_integer("image_size", image_size)
    check_positive_integer("batch_size", batch_size)
    if isinstance(channels, bool) or channels not in (None, 1, 3):
        raise ValueError(
            "`channels` must be 1 (grey), 3 (colour) or None (as stored). "
            f"Received: channels={channels!r}"
        )
    check_seed(seed)
    if not isinstance(prepared, bool | None):
        raise ValueError(
            "`prepared` must be True (read the folder as tensorflow-datasets "
            "prepared it, and import what it names), False (read its image "
            f"files) or None. Received: prepared={prepared!r}"
        )
    if not isinstance(cache, (bool, str, os.PathLike)) or cache == "":
        raise ValueError(
            "`cache` must be True (memory), False (none) or a folder for a "
            f"cache on disk. Received: cache={cache!r}"
        )
