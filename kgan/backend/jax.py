"""JAX: stateful code run inside stateless scopes."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import keras

from kgan.backend.demands import TrainedModel
from kgan.backend.jax_gradients import value_and_gradients
from kgan.backend.jax_interrupts import TESTED, TRAINED, whole_steps


def _stateless(method: Callable, groups: Callable) -> Callable:
    """Threads the variable groups of a model through a stateful method."""

    @functools.wraps(method)
    def step(self: TrainedModel, state: Any, data: Any) -> tuple:
        variables = groups(self)
        mapping = [
            pair
            for group, values in zip(variables, state, strict=True)
            for pair in zip(group, values, strict=True)
        ]
        with keras.StatelessScope(
            state_mapping=mapping, collect_losses=True
        ) as scope:
            logs = method(self, data)
        state = tuple(
            [scope.get_current_value(variable) for variable in group]
            for group in variables
        )
        return logs, state

    return step


def train_step(method: Callable) -> Callable:
    """Turns `method(self, data) -> logs` into `(self, state, data)`."""
    return _stateless(
        method,
        lambda model: (
            model.trainable_variables,
            model.non_trainable_variables,
            model.optimizer.variables,
            model.metrics_variables,
        ),
    )


def keras_jit_compile(jit_compile: bool | str) -> bool | str:
    """Returns what Keras gets: the same."""
    return jit_compile


def train_function(model: TrainedModel, function: Any) -> Any:
    """Trains `steps_per_execution` steps, whole ones."""
    return whole_steps(model, function, TRAINED)


def test_function(model: TrainedModel, function: Any) -> Any:
    """Evaluates `steps_per_execution` batches, whole ones."""
    return whole_steps(model, function, TESTED)


def test_step(method: Callable) -> Callable:
    """Turns `method(self, data) -> logs` into `(self, state, data)`."""
    return _stateless(
        method,
        lambda model: (
            model.trainable_variables,
            model.non_trainable_variables,
            model.metrics_variables,
        ),
    )


def minimize(
    model: TrainedModel,
    loss_function: Callable[[], tuple[Any, Any]],
    optimizer: keras.optimizers.Optimizer,
    variables: Sequence[keras.Variable],
) -> tuple[Any, Any]:
    """Takes one optimizer step on `variables` down `loss_function`.

    The loss runs in a separate scope over every variable of the model, so
    that what it updates besides (moving averages, seeds) comes out of the
    gradient's trace and is written back.

    Args:
        model: The model that owns every variable which the loss may touch.
        loss_function: Returns `(loss, extras)`, a scalar and any tensors.
        optimizer: Built on `variables`.
        variables: The player's trainable variables.

    Returns:
        What `loss_function` returned, before the update.
    """
    own = {id(variable) for variable in variables}
    others = [v for v in model.variables if id(v) not in own]
    # Objectives may read the optimizers' moments, but not assign them.
    read = [*others, *model.optimizer.variables]
    fixed = [(variable, variable.value) for variable in read]

    def stateless_loss(values):
        mapping = [*zip(variables, values, strict=True), *fixed]
        with keras.StatelessScope(
            state_mapping=mapping, collect_losses=True
        ) as scope:
            loss, extras = loss_function()
        updates = [scope.get_current_value(variable) for variable in others]
        return loss, (extras, updates)

    (loss, (extras, updates)), gradients = value_and_gradients(
        stateless_loss, [variable.value for variable in variables]
    )
    for variable, value in zip(others, updates, strict=True):
        variable.assign(value)
    optimizer.apply(gradients, variables)
    return loss, extras


def random_rows(
    draw: Callable[..., Any],
    shape: Sequence[int],
    seed_generator: keras.random.SeedGenerator,
) -> Any:
    """Draws values of `shape` for the rows of a batch.

    Under SPMD the draw is global: every device holds its own rows of it.

    Args:
        draw: Such as `keras.random.normal`.
        shape: `(batch, ...)`.
        seed_generator: Advanced by one draw.
    """
    return draw(shape, seed=seed_generator)


def is_traced(tensor: Any) -> bool:
    """Whether a tensor has no numbers yet: a step is being compiled."""
    return isinstance(tensor, jax.core.Tracer)


def replica() -> tuple[int, int]:
    """One: a sharded step is written as if for one device."""
    return 0, 1


def replica_mean(value: Any) -> Any:
    """Returns a mean over the batch as it is: it is of the global one."""
    return value
