"""What builders of networks check of their arguments."""

import itertools
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from kgan.memory import check_memory
from kgan.networks import check_positive_integer


def check_widths(hidden_units: Any) -> tuple[int, ...]:
    """Returns the widths of hidden layers, or raises ValueError."""
    if not isinstance(hidden_units, Sequence | np.ndarray) or isinstance(
        hidden_units, str | bytes
    ):
        raise ValueError(
            "`hidden_units` must be a sequence of positive integers, one for "
            f"each hidden layer. Received: hidden_units={hidden_units!r}. "
            "Write `hidden_units=(128, 128)`, say."
        )
    return tuple(
        check_positive_integer("hidden_units", units) for units in hidden_units
    )


def check_activation(name: str, activation: Any) -> None:
    """Raises ValueError unless `activation` is one of Keras."""
    try:
        keras.activations.get(activation)
    except Exception as error:  # Of any kind, from a class or a config.
        raise ValueError(
            f"`{name}` must be an activation of Keras, the name of one, or "
            f'None. Received: {name}={activation!r}. Take "tanh", say.'
        ) from error


def check_dense_sizes(**sizes: int | tuple[int, ...]) -> None:
    """Raises ValueError if dense layers of these widths fill the memory.

    Args:
        sizes: From inputs to outputs, by the name of the argument.
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
        num_weights: How many there are.
        sizes: What the number comes from, by the name of the argument.
    """
    name = max(sizes, key=lambda name: np.max(sizes[name], initial=0))
    check_memory(name, sizes[name], 4 * num_weights, "weights")
