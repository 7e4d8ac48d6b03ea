"""Networks of presets."""

from typing import Any

import keras
from keras import layers

from kgan import architectures
from kgan.presets.preset import Networks

LATENT_DIM = 64
FILTERS = 64
# For mixtures. Twice as wide is slower and loses more of the grid's modes.
UNITS = (128, 128, 128)
MIXTURE_LATENT_DIM = 8


def dcgan(
    image_shape: tuple[int, int, int],
    num_classes: int | None,
    filters: int = FILTERS,
    kernel_initializer: str = "normal",
    num_components: int | None = None,
) -> Networks:
    """Builds DCGAN with a 3x3 convolution more at the base of each network.

    Args:
        image_shape: `(size, size, channels)`.
        num_classes: Number of classes, or `None`.
        filters: Of each network's largest images.
        kernel_initializer, num_components: Of
            `kgan.architectures.dcgan_generator`.

    Returns:
        The generator, with batch normalization, and the discriminator, with
        none, as R1 and R2 ask.
    """
    shared: Any = {
        "num_classes": num_classes,
        "base_convolutions": 1,
        "kernel_initializer": kernel_initializer,
    }
    return (
        architectures.dcgan_generator(
            image_shape,
            LATENT_DIM,
            filters,
            num_components=num_components,
            **shared,
        ),
        architectures.dcgan_discriminator(
            image_shape, filters, normalization="none", **shared
        ),
    )


def of_vectors(dim: int) -> Networks:
    """Builds dense networks for a mixture of Gaussians.

    Args:
        dim: Coordinates of a sample.

    Returns:
        The generator, latents `(batch, 8)` to samples `(batch, dim)`, and the
        discriminator, samples to logits `(batch, 1)`.
    """
    latents = keras.Input((MIXTURE_LATENT_DIM,))
    x = latents
    for units in UNITS:
        x = layers.Dense(units)(x)
        x = layers.LayerNormalization()(x)
        x = layers.ReLU()(x)
    samples = layers.Dense(dim, dtype="float32")(x)
    generator = keras.Model(latents, samples, name="generator")
    points = keras.Input((dim,))
    x = points
    for units in UNITS:
        x = layers.Dense(units, "leaky_relu")(x)
    logits = layers.Dense(1, dtype="float32")(x)
    return generator, keras.Model(points, logits, name="discriminator")
