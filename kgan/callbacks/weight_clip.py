"""Weight clipping, line 7 of WGAN's Algorithm 1."""

from collections.abc import Callable

import keras
import numpy as np

from kgan.networks import check_clip_value


class WeightClip(keras.callbacks.Callback):
    """Clips the critic's weights to [-c, c] after every critic update.

    The clip is part of the compiled step: it follows each of the `n_critic`
    updates, also under `jit_compile`, `steps_per_execution` and
    distribution, and takes in every trainable weight of the critic, biases
    and normalisation included. It ends with the `fit` that it was passed to;
    the next `fit` clips at the value of its own callback, or not at all.

    Each epoch logs `clipped_share`, the share of critic weights that sit at
    the bound: near 1, the critic is all corners and the clip is too small.

    Reference: Arjovsky et al. 2017, "Wasserstein Generative Adversarial
    Networks", algorithm 1, line 7.

    Args:
        clip_value: Positive finite float c, or a function of the epoch
            (integer from 0) that returns one.

    Raises:
        ValueError: If the clip value, or what the schedule returns for the
            first epoch, is not a positive finite number.

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
        """The clip values of some epochs, each checked.

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
        self.model.clip_weights(self._current)

    def on_epoch_begin(self, epoch, logs=None):
        self._current = self._value(epoch)
        self.model.clip_weights(self._current)

    def on_epoch_end(self, epoch, logs=None):
        if logs is None:
            return
        weights = np.concatenate(
            [
                keras.ops.convert_to_numpy(variable).ravel()
                for variable in self.model.discriminator.trainable_variables
            ]
        )
        # The bound as float32 is what the clipped weights hold.
        at_bound = np.abs(weights) >= np.float32(self._current)
        logs["clipped_share"] = float(at_bound.mean())

    def on_train_end(self, logs=None):
        self.model.clip_weights(None)

    def _value(self, epoch: int) -> float:
        """The clip value of an epoch, checked."""
        value: object = self.clip_value
        source = ""
        if callable(self.clip_value):
            value = self.clip_value(epoch)
            source = f" from the schedule at epoch {epoch}"
        return check_clip_value(value, source)
