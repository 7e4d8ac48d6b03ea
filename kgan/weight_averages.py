"""Means of weights that Keras's optimizers keep, and what may see them.

With `use_ema=True` an optimizer keeps a running mean of the weights beside
those that train, and Keras's `fit` puts it in their place at its end.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

SWAP = "keras.callbacks.SwapEMAWeights()"


def keeps_mean(optimizer: Any) -> bool:
    """Whether an optimizer keeps a mean of the weights that it trains."""
    return bool(getattr(optimizer, "use_ema", False))


def sampling_generator(model: Any) -> keras.Model:
    """Returns the network that a model, of kgan or not, draws samples from."""
    return getattr(model, "sampling_generator", None) or model.generator


@contextlib.contextmanager
def mean_generator(model: keras.Model) -> Iterator[keras.Model]:
    """Yields what samples would be drawn from if `fit` ended now.

    Of a model with `average`, the average. Where the generator's optimizer
    keeps a mean of the weights, they hold that mean inside of the `with`, and
    afterwards what they held before, bit by bit.
    """
    optimizer: Any = getattr(model, "generator_optimizer", None)
    generator = sampling_generator(model)
    if not keeps_mean(optimizer):
        yield generator
        return
    variables = generator.trainable_variables
    # Copies: PyTorch and TensorFlow may show the variable's own memory.
    trained = [np.array(keras.ops.convert_to_numpy(v)) for v in variables]
    optimizer.finalize_variable_values(variables)
    try:
        yield generator
    finally:
        for variable, value in zip(variables, trained, strict=True):
            variable.assign(value)


def check_averages(
    model: Any, callbacks: list[keras.callbacks.Callback], validates: bool
) -> None:
    """Refuses what would score, choose or keep other weights than it says.

    Args:
        model: A compiled kgan model.
        callbacks: The user's, flat.
        validates: Whether `fit` has validation data.

    Raises:
        ValueError: If a score would be of the weights that train and the
            model or a file of their mean, or the other way round.
    """
    swaps = [
        c for c in callbacks if isinstance(c, keras.callbacks.SwapEMAWeights)
    ]
    generator = keeps_mean(model.generator_optimizer)
    critic = keeps_mean(model.discriminator_optimizer)
    if generator and model.average is not None:
        raise ValueError(
            "Two averages of one generator: samples would be drawn from one "
            "and `fit` end with the other. Received: use_ema=True in "
            "`generator_optimizer` of a model with `average`. Leave use_ema "
            "out."
        )
    _check_swaps(swaps, generator or critic)
    if not (generator or critic):
        return
    if any(swap.swap_on_epoch for swap in swaps):
        _check_swap_on_epoch(callbacks)
    if critic:
        _check_clip(callbacks)
    if generator:
        _check_choices(callbacks)
        _check_scores(model, callbacks, validates, bool(swaps))


def _check_swaps(swaps: list, any_mean: bool) -> None:
    if swaps and not any_mean:
        raise ValueError(
            "SwapEMAWeights in `callbacks` needs an optimizer that keeps a "
            "mean of the weights. Received: two optimizers with "
            "use_ema=False. Leave the callback out; `average=` of the model "
            "keeps an average that needs none."
        )
    if len(swaps) > 1:
        raise ValueError(
            "Two SwapEMAWeights undo each other. Received: "
            f"{len(swaps)} in `callbacks`. Pass one."
        )


def _check_swap_on_epoch(callbacks: list) -> None:
    for callback in callbacks:
        if _saves_or_stops(callback):
            raise ValueError(
                "SwapEMAWeights(swap_on_epoch=True) leaves the mean in the "
                "model between epochs, and the weights that train in the "
                "place of the mean: a run that is saved or stopped there has "
                "the two exchanged. Received: `callbacks` with "
                f"{type(callback).__name__} as well. Pass {SWAP} without "
                "swap_on_epoch: validation is then of the mean, and so are "
                "the generators that kgan.callbacks.Checkpoint saves."
            )


def _saves_or_stops(callback: keras.callbacks.Callback) -> bool:
    keras_own = (
        keras.callbacks.ModelCheckpoint,
        keras.callbacks.BackupAndRestore,
        keras.callbacks.EarlyStopping,
    )
    return isinstance(callback, keras_own) or hasattr(callback, "restore_run")


def _check_clip(callbacks: list) -> None:
    # As `fit` finds a Checkpoint: the engine does not import callbacks.
    if any(hasattr(callback, "clip_value") for callback in callbacks):
        raise ValueError(
            "A mean of the critic's weights is not clipped: its optimizer "
            "takes it before the clip follows, and `fit` ends with it. "
            "Received: WeightClip in `callbacks` with use_ema=True in "
            "`discriminator_optimizer`. Keep a mean of the generator alone."
        )


def _check_choices(callbacks: list) -> None:
    for callback in callbacks:
        for name in ("save_best_only", "restore_best_weights"):
            if getattr(callback, name, False):
                raise ValueError(
                    f"`{name}` would keep the weights that train, while "
                    "`fit` ends with their mean. Received: "
                    f"{type(callback).__name__}({name}=True) with "
                    "use_ema=True in `generator_optimizer`. Use "
                    "kgan.callbacks.Checkpoint with `monitor` and "
                    f"{SWAP}, which score and keep the mean."
                )


def _check_scores(
    model: Any, callbacks: list, validates: bool, swaps: bool
) -> None:
    """Checks that scores of the generator are those of the mean."""
    if validates and model.scores.sample_metrics and not swaps:
        raise ValueError(
            "The metrics of `compile` would score the weights that train, "
            "while `fit` ends with their mean. Received: `validation_data` "
            "with use_ema=True in `generator_optimizer`. Add "
            f"{SWAP} to `callbacks`, which scores the mean, or call "
            "`evaluate` after `fit`."
        )
    for callback in callbacks:
        monitor = getattr(callback, "monitor", None)
        if monitor is None or not hasattr(callback, "restore_run"):
            continue
        if not swaps or not str(monitor).startswith("val_"):
            raise ValueError(
                "`monitor` must score the mean of the generator's weights, "
                "which Checkpoint keeps. Received: "
                f"monitor={monitor!r}, of the weights that train, with "
                "use_ema=True in `generator_optimizer`. Monitor a log that "
                f"begins with val_, and add {SWAP} to `callbacks`."
            )
