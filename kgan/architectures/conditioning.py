"""How the networks take labels: an embedding, and a projection."""

from typing import Any

import keras
from keras import layers

from kgan.architectures.arguments import check_weights
from kgan.networks import check_positive_integer

Tensor = Any


def check_num_classes(num_classes: Any, width: int) -> int | None:
    """Returns the number of classes, or raises ValueError.

    Args:
        num_classes: The number that the user passed, or `None` for no labels.
        width: Length of one class's embedding.

    Raises:
        ValueError: If there can be no embedding of so many classes.
    """
    if num_classes is None:
        return None
    num_classes = check_positive_integer("num_classes", num_classes)
    check_weights(num_classes * width, num_classes=num_classes)
    return num_classes


def latents_and_labels(
    latent_dim: int, num_classes: int | None
) -> tuple[Any, Tensor]:
    """Makes the inputs of a generator, and what its first layer takes.

    A label's embedding is as long as the latents, and starts like them as
    N(0, 1). It is appended to them.
    """
    latents = keras.Input((latent_dim,), name="latents")
    if num_classes is None:
        return latents, latents
    labels = keras.Input((), dtype="int32", name="labels")
    embedded = layers.Embedding(
        num_classes,
        latent_dim,
        embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0),
    )(labels)
    return [latents, labels], layers.Concatenate()([latents, embedded])


def judged(
    samples: Tensor,
    features: Tensor,
    num_classes: int | None,
    initializer: Any = "glorot_uniform",
) -> tuple[Any, Tensor]:
    """Makes the inputs of a discriminator, and its logits `(batch, 1)`.

    With labels y it uses the projection of Miyato & Koyama 2018, "cGANs with
    Projection Discriminator", equation 3. The logit of features h is a linear
    function of h plus the product <embedding of y, h>.
    """
    # Float32 even if the layers compute in bfloat16.
    linear = layers.Dense(1, kernel_initializer=initializer, dtype="float32")
    logits = linear(features)
    if num_classes is None:
        return samples, logits
    labels = keras.Input((), dtype="int32", name="labels")
    embedded = layers.Embedding(
        num_classes,
        features.shape[-1],
        embeddings_initializer=keras.initializers.VarianceScaling(
            mode="fan_out"  # Makes the product as large as h.
        ),
        dtype="float32",
    )(labels)
    projection = layers.Dot(1, dtype="float32")([embedded, features])
    both = layers.Add(dtype="float32")([logits, projection])
    return [samples, labels], both
