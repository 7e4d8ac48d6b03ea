"""JAX: the weights of a model, which Keras takes away during an epoch."""

import contextlib
from typing import Any

import keras

from kgan.backend.demands import TrainedModel


@contextlib.contextmanager
def keep_state(model: TrainedModel):
    """Gives a model its variables back when `fit` or `evaluate` fails.

    Keras 3.15 detaches the values from the variables before it asks for the
    first batch of an epoch (keras-team/keras-core#888), and `evaluate` hands
    them back only at its end; an error in the data would leave a trained model
    without weights. `fit` hands back what it holds (keras-team/keras#21019),
    which is nothing before the first step. Once all of Keras's loops hand back
    on an error what they took, this can go.
    """
    variables = [
        *model.variables,
        # `predict` needs no optimizer.
        *(model.optimizer.variables if model.compiled else []),
        *model.metrics_variables,
    ]
    before = [(variable, variable.value) for variable in variables]
    # Private. Of an earlier call, such as `train_on_batch`, which leaves it
    # there, and `jax_state_sync` would take it for this one's.
    in_keras: Any = model
    in_keras._jax_state = None
    try:
        yield
    except BaseException:
        # The values of `before` that a step has taken in are deleted.
        in_keras.jax_state_sync()
        for variable, value in before:
            if not _has_value(variable):
                variable.assign(value)
        raise


@contextlib.contextmanager
def needs_weights(model: TrainedModel, method: str):
    """Raises RuntimeError where Keras has taken a model's values away.

    During an epoch Keras 3.15 trains copies and sets the variables to None,
    which calls their initializers, gone since (keras-team/keras-core#888); and
    a step deletes the arrays that it was given. There is no public question
    for it. Once Keras says so itself, this can go.
    """
    if not all(map(_has_value, model.variables)):
        raise _without_weights(method)
    try:
        yield
    except (TypeError, RuntimeError) as error:
        # They went away in between.
        text = str(error)
        if "'NoneType' object is not callable" in text or "deleted" in text:
            raise _without_weights(method) from error
        raise


def _without_weights(method: str) -> RuntimeError:
    return RuntimeError(
        "On JAX a model has no weights while `fit` or `evaluate` runs an "
        f"epoch: Keras holds them elsewhere. Received: `{method}` during one, "
        "perhaps from another thread. Call it in a callback, through its "
        "`self.model`, or after `fit`."
    )


def _has_value(variable: keras.Variable) -> bool:
    try:
        return variable.value is not None
    except TypeError:  # Keras 3.15 calls the initializer, gone once built.
        return False
