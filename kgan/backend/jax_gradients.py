"""JAX: the gradient of a function, the seam that all else stands on."""

from collections.abc import Callable, Sequence
from typing import Any

import jax


def value_and_gradients(
    function: Callable[[list[Any]], tuple[Any, Any]],
    tensors: Sequence[Any],
    again: bool = False,
) -> tuple[tuple[Any, Any], list[Any]]:
    """Runs a pure function and differentiates its value.

    Args:
        function: Of a list of tensors; returns `(value, extras)`, a scalar
            and any tensors.
        tensors: What to differentiate by.
        again: Unused here: a gradient is a function like any other.

    Returns:
        `(value, extras), gradients`.
    """
    del again
    return jax.value_and_grad(function, has_aux=True)(list(tensors))
