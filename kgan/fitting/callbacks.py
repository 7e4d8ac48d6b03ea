"""The callbacks that `fit` puts around the user's own."""

import warnings
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from kgan import steps
from kgan.callbacks.weight_clip import WeightClip
from kgan.fitting.progress_bar import ProgressBar


class Count(keras.callbacks.Callback):
    """Counts epochs done, before the user's callbacks save the model."""

    def on_epoch_end(self, epoch, logs=None):
        run = self.model.run
        run.epochs_done = epoch + 1
        run.facts = run.facts.after_epoch(epoch)


class Watch(keras.callbacks.Callback):
    """Sees training and its epochs begin, after the user's callbacks have."""

    def __init__(self, data: Any):
        super().__init__()
        self._data = data
        self.epoch_began = False

    def on_train_begin(self, logs=None):
        self.model.check_constraints()

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch_began = True
        if isinstance(self._data, steps.OrderedSteps):
            self._data.begin_epoch()


def as_list(callbacks: Any) -> list[keras.callbacks.Callback]:
    """The callbacks of a list or a CallbackList, flat."""
    if isinstance(callbacks, keras.callbacks.CallbackList):
        return callbacks.callbacks
    return keras.tree.flatten(callbacks or [])


def show_data(callbacks: Any, x: Any, y: Any) -> None:
    """Shows an array to callbacks that look at real samples.

    Other data cannot be looked into without changing what comes next.
    """
    for callback in as_list(callbacks):
        if hasattr(callback, "see_real"):
            array = x if isinstance(x, np.ndarray) else None
            callback.see_real(array, y)


def clip_values(callbacks: Any) -> Callable[[int], float | None]:
    """The clip value of each epoch, as far as WeightClip tells."""
    clips = [
        callback.clip_value
        for callback in as_list(callbacks)
        if isinstance(callback, WeightClip)
    ]

    def clip_value(epoch: int) -> float | None:
        if not clips:
            return None
        last = clips[-1]
        return float(last(epoch) if callable(last) else last)

    return clip_value


def around(
    model: keras.Model, callbacks: Any, behind: Watch, verbose: Any
) -> Any:
    """The user's callbacks, with a Count before and one behind them.

    And a progress bar, unless there is one or `verbose` is 0.
    """
    before = Count()
    if isinstance(callbacks, keras.callbacks.CallbackList):
        for callback in (before, behind):
            callback.set_model(model)
        callbacks.callbacks.insert(0, before)
        callbacks.callbacks.append(behind)
        return callbacks
    given = as_list(callbacks)
    shows = verbose != 0 and not any(
        isinstance(c, keras.callbacks.ProgbarLogger) for c in given
    )
    return [before, *given, behind, *([ProgressBar()] if shows else [])]


def warn_of_keras_terminate_on_nan(callbacks: Any) -> None:
    """Warns of the callback that a GAN's logs never stop."""
    if any(
        type(c) is keras.callbacks.TerminateOnNaN for c in as_list(callbacks)
    ):
        warnings.warn(
            "keras.callbacks.TerminateOnNaN looks at a log named `loss`, "
            "which a GAN does not have, and will not stop this training. "
            "Use kgan.callbacks.TerminateOnNaN.",
            stacklevel=3,
        )
