"""Checks of the arguments of builders of networks."""

import itertools
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from kgan.arguments import is_integer, shown
from kgan.memory import check_memory
from kgan.networks import check_positive_integer


def check_widths(
    widths: Any, name: str = "hidden_units", part: str = "hidden layer"
) -> tuple[int, ...]:
    """Returns the widths of the parts of a network, or raises ValueError.

    Args:
        widths: The widths that the user passed.
        name: Name of the argument.
        part: Name of the part that has a width.
    """
    is_sequence = isinstance(widths, Sequence) or (
        # An array of rank 0 has no items.
        isinstance(widths, np.ndarray) and widths.ndim > 0
    )
    if not is_sequence or isinstance(widths, str | bytes):
        raise ValueError(
            f"`{name}` must be a sequence of positive integers, one for "
            f"each {part}. Received: {name}={widths!r}. "
            f"Write `{name}=(128, 128)`, say."
        )
    return tuple(check_positive_integer(name, width) for width in widths)


def check_activation(name: str, activation: Any, width: int) -> None:
    """Raises ValueError unless an activation works on rows of that width."""
    try:
        function = keras.activations.get(activation)
        # A dense layer calls it only when the network is used.
        if not isinstance(function, keras.Layer):
            given = keras.ops.zeros((1, width))
            if tuple(function(given).shape) != (1, width):
                raise TypeError("it changes the shape")
    except Exception as error:  # A class or a config may raise anything.
        raise ValueError(
            f"`{name}` must be an activation of Keras, the name of one, or "
            f'None. Received: {name}={shown(activation)}. Take "tanh", say.'
        ) from error


def check_dense_sizes(**sizes: int | tuple[int, ...]) -> None:
    """Raises ValueError if dense layers of these widths fill the memory.

    Args:
        sizes: Widths from inputs to outputs, by the name of the argument.
    """
    widths = [
        width
        for size in sizes.values()
        for width in (size if isinstance(size, tuple) else (size,))
    ]
    check_weights(
        sum(a * b for a, b in itertools.pairwise(widths)) or widths[0], **sizes
    )


def check_weights(num_weights: int, **sizes: int | tuple[int, ...]) -> None:
    """Raises ValueError, naming the largest size, if weights fill the memory.

    Args:
        num_weights: Number of weights.
        sizes: The sizes that the number comes from, by the name of the
            argument.
    """
    name = max(sizes, key=lambda name: np.max(sizes[name], initial=0))
    check_memory(name, sizes[name], 4 * num_weights, "weights")


def check_image_shape(image_shape: Any, square: bool = True) -> tuple:
    """Returns height, width and channels, or raises ValueError.

    Args:
        image_shape: The shape that the user passed.
        square: Whether height and width must be equal.
    """
    try:
        sizes = tuple(image_shape)
    except (TypeError, ValueError):  # TensorFlow's shapes of unknown rank.
        sizes = ()
    fits = len(sizes) == 3 and all(map(is_integer, sizes[:2]))
    if not fits or (square and sizes[0] != sizes[1]):
        expected = (
            "(size, size, channels), a square image"
            if square
            else "(height, width, channels), an image"
        )
        raise ValueError(
            f"`image_shape` must be {expected}. "
            f"Received: image_shape={image_shape!r}"
        )
    height, width, channels = sizes
    if not is_integer(channels) or channels not in (1, 3):
        raise ValueError(
            "`channels`, the last of `image_shape`, must be 1 or 3. "
            f"Received: channels={channels!r}"
        )
    return int(height), int(width), int(channels)


def check_one_of(name: str, value: Any, choices: tuple) -> None:
    """Raises ValueError unless a string is one of the choices."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(
            f"`{name}` must be one of {', '.join(map(repr, choices))}. "
            f"Received: {name}={shown(value)}"
        )
