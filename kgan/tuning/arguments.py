"""Arguments of a search for `fit`, checked before anything trains."""

import inspect
from collections.abc import Callable
from numbers import Integral
from typing import Any

import keras
import keras_tuner
import numpy as np

from kgan.arguments import check_integer, is_integer, shown


def check_fit(x: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Checks as `check_data`, but raises the error that ends a search.

    Returns:
        Arguments for a model's `fit` without `x`, and with `epochs`,
        `callbacks` and `verbose`.
    """
    try:
        check_data(x, options)
    except ValueError as error:
        raise keras_tuner.errors.FatalValueError(error) from error
    fit = {"epochs": 1, "verbose": "auto"} | options
    # Hyperband resumes the best model of a round, which has one seed. Here each
    # seed starts again and trains for all of the round's epochs.
    fit.pop("initial_epoch", None)
    fit["callbacks"] = list(options.get("callbacks") or [])
    # Only the score at the end counts.
    fit.setdefault("validation_freq", fit["epochs"])
    return fit


def check_data(x: Any, options: dict[str, Any]) -> None:
    """Raises ValueError unless a search can train and validate.

    Args:
        x: Training data, or a function of the seed that returns it.
        options: The other arguments of `tuner.search`.
    """
    if x is None:
        raise ValueError("`x` must be the training data. Received: x=None")
    if not callable(x) or isinstance(x, keras.Layer | type):
        check_is_data("x", x)
    held_out = options.get("validation_data")
    if held_out is None:
        raise ValueError(
            "`validation_data` must be real samples that the trials do not "
            "train on: their scores are of these. Received: "
            "validation_data=None"
        )
    if held_out is x:
        raise ValueError(
            "`validation_data` must not be the training data, or trials that "
            "repeat it would win. Received: one object for both. Hold some "
            "samples out."
        )
    if options.get("steps_per_epoch") is not None:
        raise ValueError(
            "`steps_per_epoch` follows from the budget of each trial. "
            f"Received: steps_per_epoch={options['steps_per_epoch']!r}. Pass "
            "updates_per_epoch= to GANHyperModel instead."
        )
    check_is_data("validation_data", held_out)
    epochs = check_integer("epochs", options.get("epochs", 1))
    _check_frequency(options.get("validation_freq", epochs), epochs)
    if options.get("batch_size") is not None:
        check_integer("batch_size", options["batch_size"])
    verbose = options.get("verbose", "auto")
    if not (isinstance(verbose, str) and verbose == "auto") and not (
        isinstance(verbose, Integral | np.bool_) and verbose in (0, 1, 2)
    ):
        raise ValueError(
            '`verbose` must be "auto", 0, 1 or 2. Received: verbose='
            f"{shown(verbose)}"
        )
    _check_callbacks(options.get("callbacks"))


def check_is_data(name: str, x: Any) -> None:
    """Raises ValueError for what is not data, or ends too early."""
    is_array = hasattr(x, "shape") and not isinstance(x, keras.Layer)
    is_plain = isinstance(x, str | bytes | list | tuple | dict | set)
    is_stream = hasattr(x, "__next__") and not is_array
    is_batches = hasattr(x, "__iter__") or isinstance(x, keras.utils.PyDataset)
    if is_array or (is_batches and not is_plain and not is_stream):
        return
    raise ValueError(
        f"`{name}` must be real samples that every seed of every trial can "
        "read: an array, a tf.data.Dataset, a keras.utils.PyDataset or a "
        f"torch DataLoader. Received: {name}={shown(x)} of type "
        f"{type(x).__name__}"
        + (". A generator ends with the first seed." if is_stream else "")
    )


def check_builder(name: str, builder: Any) -> None:
    """Raises ValueError unless it is a function that returns a new model."""
    if isinstance(builder, keras.Layer) or not callable(builder):
        raise ValueError(
            f"`{name}` must be a function that returns a new model, "
            "since each seed of each trial begins afresh; wrap it: "
            f"`lambda: ...`. Received: {name}={shown(builder)}"
        )
    required = _required(builder)
    if name != "model" and required not in ([], ["hp"]):
        raise ValueError(
            f"`{name}` must be a function of no argument or of `hp`. Received: "
            f"{name}={shown(builder)}, which needs {', '.join(required)}. "
            "Wrap it: `lambda: ...`."
        )


def call_builder(
    builder: Callable[..., keras.Model], hp: keras_tuner.HyperParameters
) -> keras.Model:
    """Calls a checked builder, with `hp` if it takes it."""
    if "hp" in inspect.signature(builder).parameters:
        return builder(hp)
    return builder()


def _required(function: Any) -> list[str]:
    """Lists the arguments that a function requires."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # A C function has no signature.
        return []
    return [
        parameter.name
        for parameter in parameters
        if parameter.default is parameter.empty
        and parameter.kind
        not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]


def _check_frequency(frequency: Any, epochs: int) -> None:
    if isinstance(frequency, list | tuple | set):
        last = epochs in frequency and all(map(is_integer, frequency))
    else:
        last = not epochs % check_integer("validation_freq", frequency)
    if not last:
        raise ValueError(
            "`validation_freq` must divide `epochs` or be a list that has it, "
            "since the score is that of the last epoch. Received: "
            f"validation_freq={shown(frequency)}, epochs={epochs}"
        )


def _check_callbacks(callbacks: Any) -> None:
    if callbacks is None:
        return
    if not isinstance(callbacks, list | tuple) or not all(
        isinstance(callback, keras.callbacks.Callback) for callback in callbacks
    ):
        raise ValueError(
            "`callbacks` must be a list of callbacks, objects and not "
            f"classes. Received: callbacks={shown(callbacks)}"
        )
    if any(type(callback).__name__ == "WeightClip" for callback in callbacks):
        raise ValueError(
            "`callbacks` must have no WeightClip: each trial has its own. "
            "Received: a WeightClip. Pass clip_value= to GANHyperModel "
            "instead, one number for the same in all trials."
        )
