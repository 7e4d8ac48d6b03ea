"""The networks of R3GAN (Huang et al. 2024)."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import initializers, layers

from kgan.architectures.arguments import check_image_shape, check_weights
from kgan.architectures.conditioning import check_num_classes
from kgan.architectures.r3gan_parts import (
    Plan,
    check_plan,
    convolved,
    downsampled,
    residual,
    upsampled,
)
from kgan.arguments import check_model_name
from kgan.networks import check_positive_integer

Tensor = Any
SMALL = (192, 96, 32)
# Of both networks. All but the small ones are the paper's; "small" is the
# default, for CPUs.
R3GAN_SETTINGS: dict[str, dict[str, Any]] = {
    "small": {"widths": SMALL, "blocks": 1},
    "cifar10": {"widths": (768,) * 4, "blocks": 2},
    "ffhq64": {"widths": (768,) * 4 + (384,), "blocks": 2},
    "ffhq256": {"widths": (768,) * 4 + (384, 192, 96), "blocks": 2},
    "imagenet32": {"widths": (1536,) * 4, "blocks": 2, "cardinality": 96},
    "imagenet64": {"widths": (1536,) * 5, "blocks": 2, "cardinality": 96},
}


def r3gan_generator(
    image_shape: tuple[int, int, int],
    latent_dim: int = 64,
    widths: Sequence[int] = SMALL,
    blocks: int | Sequence[int] = 1,
    cardinality: int | Sequence[int] | None = None,
    name: str | None = "generator",
    num_classes: int | None = None,
    embedding_dim: int | None = None,
) -> keras.Model:
    """Builds the generator of R3GAN.

    The lowest resolution is a learned basis. A linear function of the latents
    scales each of its channels. Each further stage doubles the resolution. A
    stage has residual blocks `x + W3 a(W2 a(W1 x))` of 1x1, grouped 3x3 and
    1x1 convolutions, twice as wide inside. a is leaky ReLU (0.2), with biases
    before it. Nothing is normalized: weights start so that the variance does
    not grow with depth (Zhang et al. 2019, "Fixup Initialization"), and W3 at
    0. The filter (1, 3, 3, 1) resamples. The last layer is linear.

    Reference: Huang et al. 2024, "The GAN is dead; long live the GAN! A Modern
    Baseline GAN", section 4.

    Args:
        image_shape: `(height, width, channels)`. Height and width are a base
            of 2 pixels or more, doubled once for each stage but the first. In
            the paper the base is 4 x 4. Channels are 1 or 3.
        latent_dim: Positive integer, length of a latent.
        widths: Positive integers, channels of each stage, from the base to
            the image.
        blocks: Positive integer, the residual blocks of each stage, or a
            sequence with one for each. The paper takes 2.
        cardinality: Positive integer, the groups of the 3x3 convolutions, or a
            sequence with one for each stage. Must divide twice the width.
            `None` takes as many groups of 16 or more channels as fit.
        name: Name of the model.
        num_classes: Positive integer for a conditional generator, `None` for
            no labels. Labels are 0 to `num_classes - 1`. A label's embedding
            is appended to the latents.
        embedding_dim: Positive integer, length of that embedding. `None` takes
            `latent_dim`.

    Returns:
        Functional model, float32 latents `(batch, latent_dim)`, or a list of
        these and int32 labels `(batch,)`, to unbounded images
        `(batch, height, width, channels)`. Data are in [-1, 1].

    Raises:
        ValueError: If an argument is not as above.

    Example:

    ```python
    generator = kgan.architectures.r3gan_generator((28, 28, 1))
    settings = kgan.architectures.R3GAN_SETTINGS["cifar10"]
    print(settings)  # r3gan_generator((32, 32, 3), **settings)
    ```
    """
    name = check_model_name(name)
    shape = check_image_shape(image_shape, square=False)
    plan = check_plan(shape, widths, blocks, cardinality)
    latent_dim = check_positive_integer("latent_dim", latent_dim)
    embedding_dim = _embedding_dim(embedding_dim, latent_dim)
    check_weights(
        plan.num_weights + (latent_dim + embedding_dim) * plan.widths[0],
        **plan.sizes,
        latent_dim=latent_dim,
        embedding_dim=embedding_dim,
    )
    num_classes = check_num_classes(num_classes, embedding_dim)
    latents = keras.Input((latent_dim,), name="latents")
    inputs, x = latents, latents
    if num_classes is not None:
        labels = keras.Input((), dtype="int32", name="labels")
        # A linear function of one-hot labels, initialized like one.
        embedded = layers.Embedding(
            num_classes,
            embedding_dim,
            embeddings_initializer=_normal(num_classes**-0.5),
        )(labels)
        inputs = [latents, labels]
        x = layers.Concatenate()([latents, embedded])
    width = plan.widths[0]
    x = layers.Dense(
        width,
        use_bias=False,
        kernel_initializer=_normal(x.shape[-1] ** -0.5),
    )(x)
    x = layers.EinsumDense(
        "bc,chw->bhwc",
        (*plan.base, width),
        kernel_initializer=_normal(1.0),
        name="basis",
    )(x)
    for stage, width in enumerate(plan.widths):
        if stage > 0:
            x = upsampled(x, width)
        for _ in range(plan.blocks[stage]):
            x = residual(x, plan.cardinality[stage], plan.gain)
    # The image is float32 even if the layers compute in bfloat16.
    images = convolved(x, shape[2], dtype="float32")
    return keras.Model(inputs, images, name=name)


def r3gan_discriminator(
    image_shape: tuple[int, int, int],
    widths: Sequence[int] = SMALL,
    blocks: int | Sequence[int] = 1,
    cardinality: int | Sequence[int] | None = None,
    name: str | None = "discriminator",
    num_classes: int | None = None,
    embedding_dim: int | None = None,
) -> keras.Model:
    """Builds the discriminator of R3GAN, its generator reversed.

    It starts with a 1x1 convolution of the image. Each stage of residual
    blocks halves the resolution. At the base each channel is multiplied with
    a learned basis, and a linear function follows. The network can be
    differentiated twice, as the penalties R1 and R2 of `kgan.R3GAN` need.

    Reference: Huang et al. 2024, "The GAN is dead; long live the GAN! A Modern
    Baseline GAN", section 4.

    Args:
        image_shape: As for `r3gan_generator`.
        widths: As for `r3gan_generator`, from the base to the image.
        blocks: As for `r3gan_generator`.
        cardinality: As for `r3gan_generator`.
        name: Name of the model.
        num_classes: Positive integer for a conditional discriminator, `None`
            for no labels. Labels are 0 to `num_classes - 1`. The logit is the
            product of the features and the label's embedding.
        embedding_dim: Positive integer, the length of that embedding and the
            number of features. `None` takes the width at the base.

    Returns:
        Functional model, float32 images `(batch, height, width, channels)`,
        or a list of these and int32 labels `(batch,)`, to logits `(batch, 1)`.

    Raises:
        ValueError: If an argument is not as above.

    Example:

    ```python
    discriminator = kgan.architectures.r3gan_discriminator((28, 28, 1))
    ```
    """
    name = check_model_name(name)
    shape = check_image_shape(image_shape, square=False)
    plan = check_plan(shape, widths, blocks, cardinality)
    embedding_dim = _embedding_dim(embedding_dim, plan.widths[0])
    check_weights(
        plan.num_weights + embedding_dim * plan.widths[0],
        **plan.sizes,
        embedding_dim=embedding_dim,
    )
    num_classes = check_num_classes(num_classes, embedding_dim)
    images = keras.Input(shape)
    x = convolved(images, plan.widths[-1])
    for stage in reversed(range(len(plan.widths))):
        for _ in range(plan.blocks[stage]):
            x = residual(x, plan.cardinality[stage], plan.gain)
        if stage > 0:
            x = downsampled(x, plan.widths[stage - 1])
    inputs, logits = _judged(images, x, plan, num_classes, embedding_dim)
    return keras.Model(inputs, logits, name=name)


def _judged(
    images: Tensor,
    x: Tensor,
    plan: Plan,
    num_classes: int | None,
    embedding_dim: int,
) -> tuple[Any, Tensor]:
    """Makes the inputs of a discriminator, and its logits of the base."""
    width, (rows, columns) = plan.widths[0], plan.base
    x = layers.EinsumDense(
        "bhwc,chw->bc",
        (width,),
        kernel_initializer=_normal((rows * columns) ** -0.5),
        name="basis",
    )(x)
    # Float32 even if the layers compute in bfloat16.
    features = layers.Dense(
        1 if num_classes is None else embedding_dim,
        use_bias=False,
        kernel_initializer=_normal(width**-0.5),
        dtype="float32",
    )(x)
    if num_classes is None:
        return images, features
    labels = keras.Input((), dtype="int32", name="labels")
    embedded = layers.Embedding(
        num_classes,
        embedding_dim,
        embeddings_initializer=_normal((num_classes * embedding_dim) ** -0.5),
        dtype="float32",
    )(labels)
    logits = layers.Dot(1, dtype="float32")([features, embedded])
    return [images, labels], logits


def _embedding_dim(value: Any, default: int) -> int:
    if value is None:
        return default
    return check_positive_integer("embedding_dim", value)


def _normal(deviation: float) -> keras.Initializer:
    return initializers.RandomNormal(0.0, deviation)
