"""Generators with weights of 8 bits."""

import warnings

import keras

from kgan.arguments import shown
from kgan.export.copies import plain
from kgan.layers.nested import inner_layers


def int8(model: keras.Model) -> keras.Model:
    """Returns a copy whose dense and embedding layers hold 8-bit weights.

    It is `keras.Model.quantize("int8")` of a copy, in float32 and of Keras's
    own layers: `save` it, and its file loads with Keras alone, on every
    backend. Keras 3.15 quantizes no convolutions; they stay in float32. For
    drawing samples, not for training.

    Args:
        model: A generator, Functional or Sequential.

    Raises:
        ValueError: If `model` is none, or has no layer to quantize.

    Example:

    ```python
    small = kgan.export.int8(kgan.presets.generator("digits"))
    small.save("digits_int8.keras")
    ```
    """
    if not isinstance(model, keras.Model):
        raise ValueError(
            "`model` must be a generator, a Keras model. Received: "
            f"model={shown(model)}"
        )
    copy = plain(model)
    with warnings.catch_warnings():
        # For layers that Keras does not quantize: one warning each, in 3.16 one
        # for all.
        warnings.filterwarnings("ignore", ".*`quantize` method implemented")
        warnings.filterwarnings("ignore", ".*model.quantize.*were skipped")
        copy.quantize("int8")
    modes = [
        getattr(layer, "quantization_mode", None)
        for layer in inner_layers(copy)
    ]
    if "int8" not in modes:
        raise ValueError(
            "`model` must have a layer that Keras quantizes, Dense, "
            "EinsumDense or Embedding. Received: layers of "
            f"{sorted({type(layer).__name__ for layer in copy.layers})}"
        )
    return copy
