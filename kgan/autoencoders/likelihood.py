"""How likely samples are, given the mean that a decoder returns."""

import math
from typing import Any

import keras
from keras import ops

Tensor = Any
LOG_2_PI = math.log(2 * math.pi)


def log_normal(x: Tensor) -> Tensor:
    """Returns log N(x; 0, I), nats of a row; `(batch,)`."""
    axes = tuple(range(1, len(x.shape)))
    return -0.5 * ops.sum(ops.square(x) + LOG_2_PI, axis=axes)


@keras.saving.register_keras_serializable(package="kgan")
class GaussianLikelihood(keras.layers.Layer):
    """The log-density of samples around means, of one standard deviation.

    Call: samples and means `(batch, ...)` to nats `(batch,)`, float32.

    Args:
        scale: Positive number, the standard deviation of every coordinate, or
            that which learning begins with.
        trainable: Whether it is learned.
        **options: Of `keras.layers.Layer`.
    """

    def __init__(self, scale: float, trainable: bool = True, **options: Any):
        super().__init__(trainable=trainable, dtype="float32", **options)
        self.scale = scale
        self.log_scale = self.add_weight(
            name="log_scale",
            shape=(),
            initializer=keras.initializers.Constant(math.log(scale)),
            dtype="float32",
        )
        self.built = True

    def call(self, samples: Tensor, means: Tensor) -> Tensor:
        away = ops.cast(samples, "float32") - ops.cast(means, "float32")
        size = math.prod(away.shape[1:])
        log_scale = ops.convert_to_tensor(self.log_scale)
        return log_normal(away * ops.exp(-log_scale)) - size * log_scale

    def get_config(self) -> dict:
        config = super().get_config()
        config.pop("dtype")
        return {**config, "scale": self.scale}
