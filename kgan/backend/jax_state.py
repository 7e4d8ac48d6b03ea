"""JAX: the weights of a model, which Keras takes away during an epoch."""

import contextlib

import keras


@contextlib.contextmanager
def keep_state(model: keras.Model):
    """Gives a model its variables back when `fit` or `evaluate` fails.

    Keras detaches the values from the variables before it asks for the first
    batch of an epoch, and `evaluate` hands them back only at its end; an
    error in the data would leave a trained model without weights.
    """
    variables = [
        *model.variables,
        # `predict` needs no optimizer.
        *(model.optimizer.variables if model.compiled else []),
        *model.metrics_variables,
    ]
    before = [(variable, variable.value) for variable in variables]
    # Of an earlier call, such as `train_on_batch`, which leaves it there.
    model._jax_state = None
    try:
        yield
    except BaseException:
        # The values of `before` that a step has taken in are deleted.
        model.jax_state_sync()
        for variable, value in before:
            if not _has_value(variable):
                variable.assign(value)
        raise


@contextlib.contextmanager
def needs_weights(model: keras.Model, method: str):
    """Raises RuntimeError where Keras has taken a model's values away.

    During an epoch Keras (3.15) trains copies and sets the variables to None,
    which calls their initializers, gone since; and a step deletes the arrays
    that it was given.
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
    except TypeError:  # Keras calls the initializer, gone once built.
        return False
