"""Argument checks shared by the data functions."""

import os

from kgan.arguments import (
    check_boolean,
    check_integer,
    check_number,
    check_path,
)

# Samples are float32, whose largest is 3e38.
LARGEST_SPREAD = 1e36


def check_positive_integer(argument: str, value: object) -> int:
    """Returns `value` as int; raises `ValueError` unless it is 1 or more."""
    return check_integer(argument, value)


def check_seed(seed: object, maximum: int | None = None) -> int:
    """Returns `seed` as int; raises `ValueError` unless it is 0 or more."""
    try:
        return check_integer("seed", seed, minimum=0, maximum=maximum)
    except ValueError as error:
        raise ValueError(
            f"{error}. The same seed gives the same data."
        ) from None


def check_spread(argument: str, value: object) -> float:
    """Returns `value` as float; raises `ValueError` unless it is 0 or more."""
    return check_number(
        argument,
        value,
        f"a number from 0 to {LARGEST_SPREAD}",
        lambda number: 0 <= number <= LARGEST_SPREAD,
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


def check_load_choices(
    labels: object,
    shuffle: object,
    download: object,
    cache: object,
    data_dir: object,
) -> None:
    """Raises `ValueError` unless these are switches and folders of `load`."""
    check_boolean("labels", labels)
    check_boolean("shuffle", shuffle)
    check_boolean("download", download)
    if not isinstance(cache, bool):
        check_path("cache", cache)
    if data_dir is not None:
        check_path("data_dir", data_dir)
