"""Weight clipping, line 7 of WGAN's Algorithm 1."""

from collections.abc import Callable

import keras
import numpy as np

from kgan.arguments import shown
from kgan.networks import check_clip_value

# Epochs for which a schedule is called in advance.
ASKED = 10_000


class WeightClip(keras.callbacks.Callback):
    """Clips the critic's weights to [-c, c] after every critic update.

    The clip is part of the compiled step. It follows each of the `n_critic`
    updates, also under `jit_compile`, `steps_per_execution` and distribution.
    It clips every trainable weight of the critic, including biases and
    normalisation. It ends with the `fit` that it was passed to. The next `fit`
    clips at the value of its callback, or not at all.

    Each epoch logs `clipped_share`, the share of critic weights at the bound.
    Near 1 the critic is all corners, and the clip is too small.

    Reference: Arjovsky et al. 2017, "Wasserstein Generative Adversarial
    Networks", algorithm 1, line 7.

    Args:
        clip_value: Positive finite float c, or a function of the epoch
            (integer from 0) that returns one. The function is also called for
            every epoch before the training begins.

    Raises:
        ValueError: If the clip value, or what the schedule returns for an
            epoch of the fit, is not a positive number that float32 holds, if
            the schedule fails, if the critic has no trainable weights, or if
            the model has no critic.

    Example:

    ```python
    clip = kgan.callbacks.WeightClip(0.01)
    gan.fit(dataset, epochs=20, callbacks=[clip])

    decay = kgan.callbacks.WeightClip(lambda epoch: 0.1 * 0.9**epoch)
    gan.fit(dataset, epochs=20, callbacks=[decay])
    ```
    """

    def __init__(self, clip_value: float | Callable[[int], float] = 0.01):
        super().__init__()
        self.clip_value = clip_value
        self._current = self._value(0)

    def clip_values(self, epochs: range) -> list[float]:
        """Returns the clip values of some epochs, each checked.

        Several processes compare them before they train.
        """
        return [self._value(epoch) for epoch in epochs]

    def on_train_begin(self, logs=None):
        if not callable(getattr(self.model, "clip_weights", None)):
            raise ValueError(
                "WeightClip clips the critic of a kgan model. Received a "
                f"callback on {type(self.model).__name__}: pass it to the "
                "`fit` of a kgan.WGAN, GAN or NonSaturatingGAN."
            )
        if not self.model.has_discriminator:
            raise ValueError(
                "`WeightClip` clips a critic's weights. Received: a "
                f"{type(self.model).__name__}, which has no discriminator, "
                "and nothing to clip. Leave the callback out."
            )
        if not self.model.discriminator.trainable_variables:
            raise ValueError(
                "`WeightClip` clips the critic's trainable weights. Received: "
                "a critic without any, as its layers are frozen or have "
                "none. Leave the callback out, or set `trainable = True` and "
                "compile again."
            )
        # A schedule that fails later would end a long training.
        for epoch in range(min(self.params.get("epochs") or 0, ASKED)):
            self._value(epoch)
        self.model.clip_weights(self._current)

    def on_epoch_begin(self, epoch, logs=None):
        self._current = self._value(epoch)
        self.model.clip_weights(self._current)

    def on_epoch_end(self, epoch, logs=None):
        if logs is None:
            return
        at_bound = [
            _at_bound(variable, self._current)
            for variable in self.model.discriminator.trainable_variables
        ]
        logs["clipped_share"] = float(np.concatenate(at_bound).mean())

    def on_train_end(self, logs=None):
        self.model.clip_weights(None)

    def _value(self, epoch: int) -> float:
        """Returns the clip value of an epoch, checked."""
        value: object = self.clip_value
        source = ""
        if callable(self.clip_value):
            value = self._asked(epoch)
            source = f" from the schedule at epoch {epoch}"
        return check_clip_value(value, source)

    def _asked(self, epoch: int) -> object:
        try:
            return self.clip_value(epoch)  # type: ignore[operator]
        except Exception as error:
            raise ValueError(
                "`clip_value` must be a positive number, or a function that "
                "returns one for the number of an epoch, such as `lambda "
                "epoch: 0.1 * 0.9**epoch`; this one fails "
                f"({type(error).__name__}: {error}). Received: "
                f"clip_value={shown(self.clip_value)} at epoch {epoch}"
            ) from error


def _at_bound(variable: keras.Variable, clip_value: float) -> np.ndarray:
    """Says which weights sit at the bound, which has their dtype."""
    # NumPy cannot compare bfloat16 with other floats everywhere.
    bound = keras.ops.cast(np.float32(clip_value), variable.dtype)
    weights, bound = (
        keras.ops.convert_to_numpy(keras.ops.cast(x, "float32"))
        for x in (variable, bound)
    )
    return np.abs(weights).ravel() >= bound
