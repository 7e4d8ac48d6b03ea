"""Networks of kgan's layers as networks of Keras's own."""

from typing import Any

import keras

from kgan.arguments import shown
from kgan.layers.grouped_convolution import GroupedConv2D
from kgan.layers.nested import inner_layers
from kgan.layers.spectral_normalization import SpectralNormalization

BAKED = (GroupedConv2D, SpectralNormalization)


def bake(model: keras.Model) -> keras.Model:
    """Returns a copy that has only Keras layers.

    Each `kgan.layers.SpectralNormalization` becomes the layer that it wraps.
    That layer takes the wrapper's name, and its kernel is divided by the
    present sigma. Each `kgan.layers.GroupedConv2D` becomes a
    `keras.layers.Conv2D`. The copy computes what the model computes in
    inference, and its file loads with Keras alone. Do not train it further:
    nothing in it normalizes.

    Args:
        model: Functional or Sequential model, built.

    Raises:
        ValueError: If `model` is not such a model.

    Example:

    ```python
    kgan.layers.bake(gan.generator).save("generator.keras")
    ```
    """
    if not isinstance(model, keras.Model) or not getattr(model, "inputs", None):
        raise ValueError(
            "`model` must be a built Functional or Sequential model. "
            f"Received: model={shown(model)}"
        )
    pairs: list[tuple[Any, keras.layers.Layer]] = []

    def copied(layer: Any) -> Any:
        original, config = layer, layer.get_config()
        if isinstance(layer, SpectralNormalization):
            original = layer.layer
            config = {**original.get_config(), "name": layer.name}
        kind = type(original)
        if kind is GroupedConv2D:
            kind = keras.layers.Conv2D
        copy = kind.from_config(config)
        # Operations such as a slice or `keras.ops.argmax` have no weights.
        if isinstance(layer, keras.layers.Layer):
            pairs.append((layer, copy))
        return copy

    baked_model = keras.models.clone_model(
        model, clone_function=copied, recursive=True
    )
    for layer, copy in pairs:
        _copy_weights(layer, copy)
    baked_model.trainable = model.trainable
    return baked_model


def baked(model: keras.Model) -> keras.Model:
    """Returns the model itself, or `bake(model)` if that differs.

    Use it before you write a model to a file.
    """
    if any(isinstance(layer, BAKED) for layer in inner_layers(model)):
        return bake(model)
    return model


def _copy_weights(layer: Any, copy: keras.layers.Layer) -> None:
    if not isinstance(layer, SpectralNormalization):
        copy.set_weights(layer.get_weights())
        return
    raw = layer.raw_kernel
    copy.set_weights(
        [
            layer.normalized_kernel() if weight is raw else weight.numpy()
            for weight in layer.layer.weights
        ]
    )
