"""A pass through the networks that leaves nothing behind."""

from collections.abc import Callable
from typing import Any

import keras

Tensor = Any


def without_updates(
    model: keras.Model,
    function: Callable[[], Any],
    values: dict[int, Tensor] | None = None,
) -> Any:
    """Runs `function` and drops what it assigns to the model's variables.

    Every variable is mapped: a scope does not read the one around it, and on
    JAX would find detached values.

    Args:
        model: Owner of every variable that `function` may touch.
        function: Without arguments.
        values: By the id of a variable, the tensor that it reads instead.
    """
    values = values or {}
    mapping = [
        (variable, values.get(id(variable), variable.value))
        for variable in model.variables
    ]
    with keras.StatelessScope(state_mapping=mapping):
        return function()
