"""Dense networks for vectors."""

from collections.abc import Sequence

import keras
from keras import layers

from kgan.architectures.arguments import (
    check_activation,
    check_dense_sizes,
    check_widths,
)
from kgan.architectures.conditioning import (
    check_num_classes,
    judged,
    latents_and_labels,
)
from kgan.arguments import check_model_name
from kgan.networks import check_positive_integer


def mlp_generator(
    output_dim: int,
    latent_dim: int = 2,
    hidden_units: Sequence[int] = (128, 128, 128),
    output_activation: str | None = None,
    name: str = "generator",
    num_classes: int | None = None,
) -> keras.Model:
    """Builds a generator of vectors from dense ReLU layers.

    Args:
        output_dim: Positive integer, length of a sample.
        latent_dim: Positive integer, length of a latent.
        hidden_units: Width of each hidden layer.
        output_activation: Keras activation of the output; `None` for
            unbounded vectors, `"tanh"` for data in [-1, 1].
        name: Name of the model.
        num_classes: Positive integer for a conditional generator, `None` for
            no labels. Labels are 0 to `num_classes - 1`. A label's embedding
            is appended to the latents.

    Returns:
        Functional model, float32 latents `(batch, latent_dim)`, or a list of
        these and int32 labels `(batch,)`, to vectors `(batch, output_dim)`.

    Raises:
        ValueError: If a size is not a positive integer, the weights take
            more memory than there is, or an argument is of another kind.

    Example:

    ```python
    generator = kgan.architectures.mlp_generator(output_dim=2, latent_dim=2)
    ```
    """
    latent_dim = check_positive_integer("latent_dim", latent_dim)
    output_dim = check_positive_integer("output_dim", output_dim)
    hidden_units = check_widths(hidden_units)
    check_dense_sizes(
        latent_dim=latent_dim, hidden_units=hidden_units, output_dim=output_dim
    )
    check_activation("output_activation", output_activation, output_dim)
    num_classes = check_num_classes(num_classes, latent_dim)
    inputs, x = latents_and_labels(latent_dim, num_classes)
    for units in hidden_units:
        x = layers.Dense(units, "relu")(x)
    # Float32 even if the layers compute in bfloat16.
    outputs = layers.Dense(output_dim, output_activation, dtype="float32")(x)
    return keras.Model(inputs, outputs, name=check_model_name(name))


def mlp_discriminator(
    input_dim: int,
    hidden_units: Sequence[int] = (256, 256, 256),
    name: str = "discriminator",
    num_classes: int | None = None,
) -> keras.Model:
    """Builds a discriminator (or critic) of vectors from dense layers.

    Leaky ReLU (0.2) stands between the layers. The network is wider than the
    generator: with weights clipped to 0.01 a narrow ReLU critic is close to
    linear, and misses modes of the ring of Gaussians.

    Args:
        input_dim: Positive integer, length of a sample.
        hidden_units: Width of each hidden layer.
        name: Name of the model.
        num_classes: Positive integer for a conditional discriminator, `None`
            for no labels. Labels are 0 to `num_classes - 1`. The product of
            the last hidden layer and the label's embedding is added to the
            logit (Miyato & Koyama 2018, "cGANs with Projection
            Discriminator").

    Returns:
        Functional model, float32 vectors `(batch, input_dim)`, or a list of
        these and int32 labels `(batch,)`, to logits `(batch, 1)`.

    Raises:
        ValueError: If a size is not a positive integer, the weights take
            more memory than there is, or an argument is of another kind.

    Example:

    ```python
    critic = kgan.architectures.mlp_discriminator(input_dim=2)
    ```
    """
    input_dim = check_positive_integer("input_dim", input_dim)
    hidden_units = check_widths(hidden_units)
    check_dense_sizes(input_dim=input_dim, hidden_units=hidden_units)
    num_classes = check_num_classes(num_classes, [input_dim, *hidden_units][-1])
    samples = keras.Input((input_dim,))
    x = samples
    for units in hidden_units:
        x = layers.Dense(units, "leaky_relu")(x)
    inputs, logits = judged(samples, x, num_classes)
    return keras.Model(inputs, logits, name=check_model_name(name))
