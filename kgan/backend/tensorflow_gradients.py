"""TensorFlow: the gradient of a function, the seam that all else stands on."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf


def value_and_gradients(
    function: Callable[[list[Any]], tuple[Any, Any]],
    tensors: Sequence[Any],
    again: bool = False,
) -> tuple[tuple[Any, Any], list[Any]]:
    """Runs a function and differentiates its value.

    Args:
        function: Of a list of tensors; returns `(value, extras)`, a scalar
            and any tensors.
        tensors: What to differentiate by.
        again: Unused here: what a tape outside of this one watches, it
            differentiates again.

    Returns:
        `(value, extras), gradients`. A gradient is `None` where the value
        does not depend on the tensor.
    """
    del again
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(tensors)
        value, extras = function(list(tensors))
    # Of an embedding TensorFlow returns the rows that it looked up.
    gradients = [
        None if gradient is None else tf.convert_to_tensor(gradient)
        for gradient in tape.gradient(value, tensors)
    ]
    return (value, extras), gradients
