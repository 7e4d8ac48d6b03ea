"""Residual networks for square images (Miyato et al. 2018)."""

from typing import Any

import keras
from keras import layers

from kgan.architectures.arguments import check_one_of, check_weights
from kgan.architectures.attention import self_attention
from kgan.architectures.conditioning import check_num_classes
from kgan.architectures.resnet_parts import (
    batch_normalized,
    check_filters,
    check_plan,
    convolution,
    discriminator_plan,
    down_block,
    first_block,
    generator_plan,
    up_block,
)
from kgan.architectures.spectral import normalized
from kgan.arguments import check_boolean, check_model_name
from kgan.networks import check_positive_integer

Tensor = Any


def resnet_generator(
    image_shape: tuple[int, int, int],
    latent_dim: int = 128,
    filters: int | None = None,
    name: str | None = "generator",
    num_classes: int | None = None,
    attention: int | None = None,
    spectral: bool = False,
) -> keras.Model:
    """Builds the residual generator of SNGAN, or of SAGAN.

    A dense layer makes a base of 4 or 6 pixels. Each residual block doubles it
    by repeating pixels, and has two 3x3 convolutions, each after batch
    normalization and ReLU. tanh comes at the end. Weights start as Glorot's,
    times the root of 2 in blocks.

    Reference: Miyato et al. 2018, "Spectral Normalization for Generative
    Adversarial Networks", tables 4 and 5; Miyato & Koyama 2018, "cGANs with
    Projection Discriminator", for labels.

    Args:
        image_shape: `(size, size, channels)`. The size is 32, 48 or 64, and
            channels are 1 or 3.
        latent_dim: Positive integer, length of a latent.
        filters: Positive integer, filters of the last block. At 32 pixels all
            blocks have as many. Otherwise each block towards the base has
            twice as many. `None` takes the paper's: 256 at 32 pixels, else 64.
        name: Name of the model.
        num_classes: Positive integer for a conditional generator, `None` for
            no labels. Labels are 0 to `num_classes - 1`. The batch
            normalizations in blocks have a scale and an offset for each class.
        attention: Resolution, such as 16, or `None`. Self-attention follows
            the block of that resolution (Zhang et al. 2019, "Self-Attention
            Generative Adversarial Networks").
        spectral: Whether to normalize the kernels of convolutions and of the
            dense layer spectrally, as in SAGAN.

    Returns:
        Functional model, float32 latents `(batch, latent_dim)`, or a list of
        these and int32 labels `(batch,)`, to images
        `(batch, size, size, channels)` in [-1, 1].

    Raises:
        ValueError: If an argument is not as above.

    Example:

    ```python
    generator = kgan.architectures.resnet_generator((32, 32, 3), filters=64)
    ```
    """
    name = check_model_name(name)
    size, channels = check_plan(image_shape)
    plan = generator_plan(size, check_filters(filters, size, 256))
    latent_dim = check_positive_integer("latent_dim", latent_dim)
    spectral = check_boolean("spectral", spectral)
    plan.check_attention(attention)
    width = plan.first
    check_weights(
        plan.base**2 * width * latent_dim + 18 * width**2,
        filters=width,
        latent_dim=latent_dim,
    )
    num_classes = check_num_classes(num_classes, 12 * width)
    inputs = latents = keras.Input((latent_dim,), name="latents")
    labels = None
    if num_classes is not None:
        labels = keras.Input((), dtype="int32", name="labels")
        inputs = [latents, labels]
    dense = layers.Dense(plan.base**2 * width)
    x = normalized(dense, spectral)(latents)
    x = layers.Reshape((plan.base, plan.base, width))(x)
    for block in plan.blocks:
        x = up_block(x, block.filters, labels, num_classes, spectral)
        if block.size == attention:
            x = self_attention(x, spectral)
    x = layers.ReLU()(batch_normalized(x))
    # The image is float32 even if the layers compute in bfloat16.
    last = convolution(channels, gain=1.0, activation="tanh", dtype="float32")
    images = normalized(last, spectral)(x)
    return keras.Model(inputs, images, name=name)


def resnet_discriminator(
    image_shape: tuple[int, int, int],
    filters: int | None = None,
    normalization: str = "spectral",
    name: str | None = "discriminator",
    num_classes: int | None = None,
    attention: int | None = None,
    use_bias: bool = False,
) -> keras.Model:
    """Builds the residual discriminator (or critic) of SNGAN, or of SAGAN.

    It has residual blocks of two 3x3 convolutions with ReLU. The first blocks
    halve the image by mean pooling. The sum over pixels and one dense unit
    follow.

    Reference: see `resnet_generator`.

    Args:
        image_shape: As for `resnet_generator`.
        filters: Positive integer, filters of the first block. At 32 pixels
            all blocks have as many. Otherwise each further block has twice as
            many. `None` takes the paper's: 128 at 32 pixels, else 64.
        normalization: `"spectral"` for the kernel of each layer, or `"none"`.
        name: Name of the model.
        num_classes: Positive integer for a conditional discriminator, `None`
            for no labels. Labels are 0 to `num_classes - 1`. The product of
            the last features and the label's embedding is added to the logit.
        attention: As for `resnet_generator`.
        use_bias: Whether the last layer has a bias. In the paper's code it
            has none at 32 pixels.

    Returns:
        Functional model, float32 images `(batch, size, size, channels)`, or a
        list of these and int32 labels `(batch,)`, to logits `(batch, 1)`.

    Raises:
        ValueError: If an argument is not as above.

    Example:

    ```python
    critic = kgan.architectures.resnet_discriminator((32, 32, 3), filters=64)
    ```
    """
    name = check_model_name(name)
    size, channels = check_plan(image_shape)
    plan = discriminator_plan(size, check_filters(filters, size, 128))
    check_one_of("normalization", normalization, ("spectral", "none"))
    use_bias = check_boolean("use_bias", use_bias)
    plan.check_attention(attention)
    width = plan.blocks[-1].filters
    check_weights(18 * width**2, filters=width)
    num_classes = check_num_classes(num_classes, width)
    spectral = normalization == "spectral"
    images = keras.Input((size, size, channels))
    x = images
    for index, block in enumerate(plan.blocks):
        if index == 0:
            x = first_block(x, block.filters, spectral)
        else:
            x = down_block(x, block.filters, block.resamples, spectral)
        if block.size == attention and block.resamples:
            x = self_attention(x, spectral)
    x = layers.ReLU()(x)
    # The mean times the number of pixels is the sum.
    pixels = float(x.shape[1] * x.shape[2])
    features = layers.Rescaling(pixels)(layers.GlobalAveragePooling2D()(x))
    inputs, logits = _projected(
        images, features, num_classes, use_bias, spectral
    )
    return keras.Model(inputs, logits, name=name)


def _projected(
    images: Tensor,
    features: Tensor,
    num_classes: int | None,
    use_bias: bool,
    spectral: bool,
) -> tuple[Any, Tensor]:
    """Makes the inputs of a discriminator, and its logits `(batch, 1)`."""
    # Float32 even if the layers compute in bfloat16.
    dense = layers.Dense(1, use_bias=use_bias, dtype="float32")
    logits = normalized(dense, spectral)(features)
    if num_classes is None:
        return images, logits
    labels = keras.Input((), dtype="int32", name="labels")
    embedding = layers.Embedding(
        num_classes,
        features.shape[-1],
        embeddings_initializer="glorot_uniform",
        dtype="float32",
    )
    embedded = normalized(embedding, spectral)(labels)
    projection = layers.Dot(1, dtype="float32")([embedded, features])
    both = layers.Add(dtype="float32")([logits, projection])
    return [images, labels], both
