"""Parts of the networks of DCGAN."""

from typing import Any

import keras
from keras import initializers, layers

from kgan.architectures.arguments import check_one_of

INITIALIZERS = {
    "normal": lambda: initializers.RandomNormal(0.0, 0.02),
    # A uniform distribution of that variance has the limit 1 / sqrt(fan_in).
    "fan_in": lambda: initializers.VarianceScaling(1 / 3, "fan_in", "uniform"),
}


def base_convolved(
    x: Any, num: int, normalization: str, relu: Any, initializer: Any
) -> Any:
    """Passes the base through 3x3 convolutions that keep its shape."""
    for _ in range(num):
        x = layers.Conv2D(
            x.shape[-1],
            3,
            padding="same",
            use_bias=normalization != "batch",
            kernel_initializer=initializer(),
        )(x)
        x = relu()(normalized(x, normalization))
    return x


def leaky_relu() -> keras.Layer:
    return layers.LeakyReLU(negative_slope=0.2)


def initializer_of(name: Any) -> Any:
    """Returns what makes an initializer for each kernel.

    One initializer for two kernels would give them equal weights.
    """
    check_one_of("kernel_initializer", name, tuple(INITIALIZERS))
    return INITIALIZERS[name]


def normalized(x: Any, normalization: str) -> Any:
    gamma = initializers.RandomNormal(1.0, 0.02)
    if normalization == "batch":
        return layers.BatchNormalization(
            momentum=0.9, epsilon=1e-5, gamma_initializer=gamma
        )(x)
    if normalization == "layer":
        return layers.LayerNormalization(axis=(1, 2, 3), epsilon=1e-5)(x)
    return x
