"""How the networks take labels and components: embeddings, a projection."""

from typing import Any

import keras
from keras import layers

from kgan.architectures.arguments import check_weights
from kgan.arguments import check_integer
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


def check_num_components(num_components: Any, latent_dim: int) -> int | None:
    """Returns the number of components, or raises ValueError.

    Args:
        num_components: The number that the user passed, or `None` for latents
            as they are.
        latent_dim: Length of a latent.

    Raises:
        ValueError: If there cannot be so many components.
    """
    if num_components is None:
        return None
    num_components = check_integer("num_components", num_components, 2)
    if num_components > latent_dim:
        raise ValueError(
            "`num_components` must be at most `latent_dim`, of which each "
            "component needs a coordinate. Received: num_components="
            f"{num_components}, latent_dim={latent_dim}"
        )
    check_weights(
        num_components * (latent_dim // 2), num_components=num_components
    )
    return num_components


def latents_and_labels(
    latent_dim: int, num_classes: int | None, num_components: int | None = None
) -> tuple[Any, Tensor]:
    """Makes the inputs of a generator, and what its first layer takes.

    A label's embedding is as long as the latents, and starts like them as
    N(0, 1). It is appended to them, and so is a component's, half as long.
    """
    latents = keras.Input((latent_dim,), name="latents")
    inputs, parts = latents, [latents]
    if num_components is not None:
        parts.append(_of_component(latents, num_components))
    if num_classes is not None:
        labels = keras.Input((), dtype="int32", name="labels")
        inputs = [latents, labels]
        embedding = layers.Embedding(
            num_classes,
            latent_dim,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0),
        )
        parts.append(embedding(labels))
    return inputs, layers.Concatenate()(parts) if len(parts) > 1 else latents


def _of_component(latents: Tensor, num_components: int) -> Tensor:
    """Returns the learned vector of each latent's component.

    The largest of the first coordinates chooses the component. Independent
    standard normal coordinates choose each equally often. A continuous
    network maps one Gaussian to one connected set of samples. The vector jumps
    from one component to the next, so the samples can form separate groups.
    """
    coordinates = latents[:, :num_components]
    largest = keras.ops.max(coordinates, axis=-1, keepdims=True)
    # Not argmax and an embedding: Keras 3.15 on TensorFlow looks at the bits of
    # zeros there (jax-ml/jax issue 24280), for which LiteRT and OpenVINO have
    # no operation. Argmax will do once Keras's is that of TensorFlow again.
    chosen = keras.ops.cast(coordinates >= largest, latents.dtype)
    return layers.Dense(
        latents.shape[-1] // 2,
        use_bias=False,
        kernel_initializer=keras.initializers.RandomNormal(stddev=1.0),
    )(chosen)


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
