"""PyTorch: the gradient of a function, the seam that all else stands on."""

from collections.abc import Callable, Sequence
from typing import Any

import torch


def value_and_gradients(
    function: Callable[[list[Any]], tuple[Any, Any]],
    tensors: Sequence[Any],
    again: bool = False,
) -> tuple[tuple[Any, Any], list[Any]]:
    """Runs a function and differentiates its value.

    Gradients are asked for by name, so that nothing is left in `.grad`.

    Args:
        function: Of a list of tensors; returns `(value, extras)`, a scalar
            and any tensors.
        tensors: What to differentiate by.
        again: Whether the gradients can be differentiated in turn.

    Returns:
        `(value, extras), gradients`. A gradient is `None` where the value
        does not depend on the tensor.
    """
    watched = [
        t if t.requires_grad else t.detach().requires_grad_() for t in tensors
    ]
    # Keras evaluates under no_grad.
    with torch.enable_grad():
        value, extras = function(watched)
        gradients: Sequence[Any] = []
        if watched:  # A fixed generator has none, and autograd wants some.
            gradients = torch.autograd.grad(
                value, watched, create_graph=again, allow_unused=True
            )
    return (value, extras), list(gradients)
