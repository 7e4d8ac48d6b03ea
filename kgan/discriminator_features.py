"""The discriminator as a feature map: what its last layer is given."""

import math
from typing import Any

import keras
from keras import ops

Tensor = Any


class DiscriminatorFeatures:
    """Reads what a discriminator's last layer with weights is given.

    Embeddings do not count: in a projection discriminator (Miyato & Koyama
    2018) the features are those that both products are of.

    Args:
        discriminator: Of layers, the last of which is no nested model.

    Raises:
        ValueError: If it has no such layer.
    """

    def __init__(self, discriminator: keras.Model):
        self.layer = _last_layer(discriminator)
        # It shares the discriminator's layers, and adds no weights.
        self.network = keras.Model(discriminator.inputs, self.layer.input)

    @property
    def size(self) -> int | None:
        """Numbers of a sample's features; `None` where any size fits."""
        shape = self.network.outputs[0].shape[1:]
        return None if None in shape else math.prod(shape)

    @staticmethod
    def flat(features: Tensor) -> Tensor:
        """Returns features as rows `(batch, size)`."""
        return ops.reshape(features, (ops.shape(features)[0], -1))


def _last_layer(discriminator: keras.Model) -> keras.layers.Layer:
    for layer in reversed(discriminator.layers):
        if not layer.weights or isinstance(layer, keras.layers.Embedding):
            continue
        if not isinstance(layer, keras.Model):
            return layer
        break
    raise ValueError(
        "The generator's loss is of the discriminator's features, what its "
        "last layer is given. Received: `discriminator` that ends in "
        f"{discriminator.layers[-1].name!r}, a "
        f"{type(discriminator.layers[-1]).__name__}. Put the layers of a "
        "nested model into the discriminator itself, the last of them "
        "keras.layers.Dense(1)."
    )
