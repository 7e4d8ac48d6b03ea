"""What a search passes to `fit`, checked before anything trains."""

from typing import Any

import keras_tuner

from kgan.networks import check_positive_integer


def check_fit(x: Any, options: dict[str, Any]) -> dict[str, Any]:
    """As `check_data`, in the error that ends a search of keras-tuner's.

    Returns:
        Arguments for a model's `fit` without `x`, and with `epochs`,
        `callbacks` and `verbose`.
    """
    try:
        check_data(x, options)
    except ValueError as error:
        raise keras_tuner.errors.FatalValueError(error) from error
    fit = {"epochs": 1, "verbose": "auto"} | options
    # Hyperband goes on with the best model of a round, of one seed: each seed
    # begins anew instead, and has all of the round's epochs.
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
    epochs = check_positive_integer("epochs", options.get("epochs", 1))
    frequency = options.get("validation_freq", epochs)
    if isinstance(frequency, int) and epochs % frequency:
        raise ValueError(
            "`validation_freq` must divide `epochs`, since the score is that "
            f"of the last epoch. Received: validation_freq={frequency}, "
            f"epochs={epochs}"
        )
    if any(
        type(callback).__name__ == "WeightClip"
        for callback in options.get("callbacks") or []
    ):
        raise ValueError(
            "`callbacks` must have no WeightClip: each trial has its own. "
            "Received: a WeightClip. Pass clip_value= to GANHyperModel "
            "instead, one number for the same in all trials."
        )
