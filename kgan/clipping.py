"""The clip of the discriminator's weights, within the compiled step."""

from typing import Any

import keras
import numpy as np
from keras import ops

from kgan.networks import check_clip_value

# Finite, so that the difference of two models' weights is too.
NO_CLIP = float(np.finfo("float32").max)


class Clip:
    """Clips variables to [-c, c], with a c that may change between steps.

    Args:
        model: Owner of the variable that holds the bound.
    """

    def __init__(self, model: keras.Model):
        self.value: float | None = None
        # Whether there was ever a bound. Without one, a step has no clip.
        self.used = False
        self._bound = model.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(NO_CLIP),
            trainable=False,
            name="clip_value",
        )

    def set(self, value: Any) -> None:
        """Clips to `value` from now on, or to nothing where it is `None`.

        The bound is a variable, so that a compiled step obeys a new one.

        Raises:
            ValueError: If `value` is not a positive finite number.
        """
        if value is not None:
            value = check_clip_value(value)
            self.used = True
        self.value = value
        self._bound.assign(NO_CLIP if value is None else value)

    def apply(self, variables: list[keras.Variable]) -> None:
        """Clips the variables; part of a step."""
        if not self.used:
            return
        bound = ops.convert_to_tensor(self._bound)
        for variable in variables:
            limit = ops.cast(bound, variable.dtype)
            variable.assign(ops.clip(variable, -limit, limit))


def clip_weights(model: Any, clip_value: float | None) -> None:
    """Clips the discriminator to [-c, c] after each update from now on.

    `fit` begins and ends without a clip: pass `kgan.callbacks.WeightClip` to
    it. `train_on_batch` keeps this one.

    Args:
        clip_value: Positive float c, or `None` to stop clipping.

    Raises:
        ValueError: If `clip_value` is not a positive finite number, or there
            is no discriminator.
    """
    if clip_value is not None and not model.has_discriminator:
        raise ValueError(
            f"{type(model).__name__} has no discriminator, and nothing to "
            f"clip. Received: clip_value={clip_value!r}. Leave it out."
        )
    was_used = model.clip.used
    model.clip.set(clip_value)
    if model.clip.used and not was_used:
        # Only the very first clip changes the step itself.
        model.make_train_function(force=True)


def clip_value(model: Any) -> float | None:
    """The present bound of the discriminator's weights, or `None`."""
    return model.clip.value
