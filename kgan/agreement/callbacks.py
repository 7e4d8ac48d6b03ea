"""Changes of the training by callbacks."""

import json
from collections.abc import Callable
from typing import Any

import keras

from kgan.agreement.described import described

# Callbacks that change what is trained, or that save, for which Keras needs
# all processes. Others may well be those of one process, such as pictures.
ALIKE = (
    "Checkpoint",
    "EarlyStopping",
    "LearningRateScheduler",
    "ReduceLROnPlateau",
    "SwapEMAWeights",
    "TerminateOnNaN",
)


def of_callbacks(callbacks: Any, epochs: range) -> dict[str, Any]:
    """Describes what callbacks change of the training.

    Args:
        callbacks: As given to `fit`.
        epochs: The epochs of this `fit`.
    """
    counted = []
    values = {}
    for callback in _flat(callbacks):
        parents = {parent.__name__ for parent in type(callback).__mro__}
        if parents.intersection(ALIKE):
            counted.append(described(callback))
        # A schedule is a function: compare what it returns.
        if hasattr(callback, "clip_values"):
            clips = callback.clip_values(epochs)
            values["clip value"] = clips if len({*clips}) > 1 else clips[0]
        elif isinstance(callback, keras.callbacks.LearningRateScheduler):
            values["learning rates"] = _rates(callback.schedule, epochs)
    # They may be passed in another order.
    counted.sort(key=json.dumps)
    return {"clip value": None, **values, "callbacks": counted}


def _flat(callbacks: Any) -> list[keras.callbacks.Callback]:
    if isinstance(callbacks, keras.callbacks.CallbackList):
        return callbacks.callbacks
    return [
        callback
        for callback in keras.tree.flatten(callbacks or [])
        if isinstance(callback, keras.callbacks.Callback)
    ]


def _rates(schedule: Callable, epochs: range) -> list[float | None]:
    """Returns what a schedule makes of 1.0 in the first and last epoch."""
    rates: list[float | None] = []
    for epoch in [*epochs[:1], *epochs[-1:]]:
        try:
            rates.append(float(schedule(epoch, 1.0)))
        except Exception:  # Keras reports it once it trains.
            rates.append(None)
    return rates
