"""Convolutional networks for square images (Radford et al. 2016)."""

from typing import Any

import keras
from keras import layers

from kgan.architectures.arguments import (
    check_image_shape,
    check_one_of,
    check_weights,
)
from kgan.architectures.conditioning import (
    check_num_classes,
    check_num_components,
    judged,
    latents_and_labels,
)
from kgan.architectures.dcgan_parts import (
    base_convolved,
    initializer_of,
    leaky_relu,
    normalized,
)
from kgan.arguments import check_integer, check_model_name
from kgan.networks import check_positive_integer

SMALL_BASES = (4, 5, 6, 7)
IMAGE_SIZES = tuple(
    size
    for size in range(8, 257)
    if any(
        size == base * 2**doublings
        for base in SMALL_BASES
        for doublings in range(1, 7)
    )
)


def dcgan_generator(
    image_shape: tuple[int, int, int],
    latent_dim: int = 128,
    filters: int = 64,
    name: str = "generator",
    num_classes: int | None = None,
    base_convolutions: int = 0,
    kernel_initializer: str = "normal",
    num_components: int | None = None,
) -> keras.Model:
    """Builds the generator of DCGAN for square images.

    A dense layer makes a small base of 4 to 7 pixels. Each 4x4 transposed
    convolution of stride 2 doubles it. Batch normalization and ReLU stand
    between them, and tanh at the end.

    Reference: Radford et al. 2016, "Unsupervised Representation Learning
    with Deep Convolutional Generative Adversarial Networks", figure 1.

    Args:
        image_shape: `(size, size, channels)`. The size is a base of 4 to 7
            doubled one to six times, from 8 to 256. Channels are 1 or 3.
        latent_dim: Positive integer, length of a latent.
        filters: Positive integer, filters before the last layer. Each layer
            towards the base has twice as many.
        name: Name of the model.
        num_classes: Positive integer for a conditional generator, `None` for
            no labels. Labels are 0 to `num_classes - 1`. A label's embedding
            is appended to the latents.
        base_convolutions: Integer of at least 0, 3x3 convolutions of stride 1
            at the base. Each is normalized and activated like other layers.
        kernel_initializer: `"normal"`, as in DCGAN: kernels start as
            N(0, 0.02). `"fan_in"`: kernels start as U(-a, a) with
            a = 1 / sqrt(n), where n is the number of inputs of a unit. For a
            transposed convolution, n is its filters times the kernel's area.
        num_components: Integer from 2 to `latent_dim`, the number of learned
            vectors of which one is appended to each latent; `None` for no
            vectors. The largest of a latent's first `num_components`
            coordinates chooses the vector. It is half as long as the latent,
            rounded down, and starts as N(0, 1). The samples can then form
            separate groups without labels, and an interpolation jumps where
            the component changes. Compare Gurumurthy et al. 2017, "DeLiGAN",
            whose component is drawn beside the latent, and shifts and scales
            it.

    Returns:
        Functional model, float32 latents `(batch, latent_dim)`, or a list of
        these and int32 labels `(batch,)`, to images
        `(batch, size, size, channels)` in [-1, 1].

    Raises:
        ValueError: If the size cannot be built (the message says which can),
            if the initializer is unknown, or if `num_components` is out of
            range.

    Example:

    ```python
    generator = kgan.architectures.dcgan_generator((28, 28, 1), latent_dim=64)
    ```
    """
    base, doublings, channels = _plan(image_shape)
    filters = check_positive_integer("filters", filters)
    depth = filters * 2 ** (doublings - 1)
    latent_dim = check_positive_integer("latent_dim", latent_dim)
    extra = check_integer("base_convolutions", base_convolutions, minimum=0)
    check_weights(
        base * base * depth * latent_dim + (11 + 9 * extra) * depth * depth,
        filters=filters,
        latent_dim=latent_dim,
        base_convolutions=extra,
    )
    num_classes = check_num_classes(num_classes, latent_dim)
    num_components = check_num_components(num_components, latent_dim)
    initializer = initializer_of(kernel_initializer)
    inputs, x = latents_and_labels(latent_dim, num_classes, num_components)
    x = layers.Dense(
        base * base * depth, use_bias=False, kernel_initializer=initializer()
    )(x)
    x = layers.Reshape((base, base, depth))(x)
    x = layers.ReLU()(normalized(x, "batch"))
    x = base_convolved(x, extra, "batch", layers.ReLU, initializer)
    for _ in range(doublings - 1):
        depth //= 2
        x = layers.Conv2DTranspose(
            depth,
            4,
            2,
            "same",
            use_bias=False,
            kernel_initializer=initializer(),
        )(x)
        x = layers.ReLU()(normalized(x, "batch"))
    # The image is float32 even if the layers compute in bfloat16.
    images = layers.Conv2DTranspose(
        channels,
        4,
        2,
        "same",
        activation="tanh",
        kernel_initializer=initializer(),
        dtype="float32",
    )(x)
    return keras.Model(inputs, images, name=check_model_name(name))


def dcgan_discriminator(
    image_shape: tuple[int, int, int],
    filters: int = 64,
    normalization: str = "layer",
    name: str = "discriminator",
    num_classes: int | None = None,
    base_convolutions: int = 0,
    kernel_initializer: str = "normal",
) -> keras.Model:
    """Builds the discriminator (or critic) of DCGAN for square images.

    4x4 convolutions of stride 2 with leaky ReLU (0.2) halve the image down
    to a base of 4 to 7 pixels. One dense unit judges it.

    Reference: Radford et al. 2016, section 3, which normalizes all but the
    first layer by batch. The default differs because a critic's score of a
    sample must not depend on other samples (Gulrajani et al. 2017, section 4).

    Args:
        image_shape: As for `dcgan_generator`.
        filters: Positive integer, filters of the first layer. Each further
            layer has twice as many.
        normalization: `"layer"` (over each sample), `"batch"` (as in DCGAN,
            but not with a gradient penalty) or `"none"`. The first
            convolution is never normalized.
        name: Name of the model.
        num_classes: Positive integer for a conditional discriminator, `None`
            for no labels. Labels are 0 to `num_classes - 1`. The product of
            the last features and the label's embedding is added to the logit
            (Miyato & Koyama 2018, "cGANs with Projection Discriminator").
        base_convolutions, kernel_initializer: As for `dcgan_generator`.

    Returns:
        Functional model, float32 images `(batch, size, size, channels)`, or a
        list of these and int32 labels `(batch,)`, to logits `(batch, 1)`.

    Raises:
        ValueError: If the size cannot be built (the message says which can),
            or if the normalization or the initializer is unknown.

    Example:

    ```python
    critic = kgan.architectures.dcgan_discriminator((28, 28, 1))
    ```
    """
    base, doublings, _ = _plan(image_shape)
    filters = check_positive_integer("filters", filters)
    check_one_of("normalization", normalization, ("none", "batch", "layer"))
    # A kernel has 16 positions; each layer before has half as many filters.
    depth = filters * 2 ** (doublings - 1)
    extra = check_integer("base_convolutions", base_convolutions, minimum=0)
    check_weights(
        (11 + 9 * extra) * depth**2, filters=filters, base_convolutions=extra
    )
    num_classes = check_num_classes(num_classes, base * base * depth)
    initializer = initializer_of(kernel_initializer)
    images = keras.Input(tuple(image_shape))
    x = images
    for i in range(doublings):
        x = layers.Conv2D(
            filters * 2**i, 4, 2, "same", kernel_initializer=initializer()
        )(x)
        if i > 0:
            x = normalized(x, normalization)
        x = leaky_relu()(x)
    x = base_convolved(x, extra, normalization, leaky_relu, initializer)
    features = layers.Flatten()(x)
    inputs, logits = judged(images, features, num_classes, initializer())
    return keras.Model(inputs, logits, name=check_model_name(name))


def _plan(image_shape: Any) -> tuple[int, int, int]:
    """Checks an image shape; returns base size, doublings and channels."""
    size, _, channels = check_image_shape(image_shape)
    if size not in IMAGE_SIZES:
        raise ValueError(
            "The size of `image_shape` must be a base of 4 to 7 pixels "
            f"doubled one to six times: {', '.join(map(str, IMAGE_SIZES))}. "
            f"Received: image_shape={image_shape}. Resize the images, as "
            "`kgan.data.load(..., image_size=...)` does."
        )
    doublings = next(n for n in range(1, 7) if size / 2**n in SMALL_BASES)
    return size // 2**doublings, doublings, channels
