"""Copies of a generator: exact, or of Keras's own layers in float32."""

from typing import Any

import keras

from kgan import layers
from kgan.labels import takes_labels
from kgan.layers.nested import inner_layers

OTHER_FLOATS = ("float16", "bfloat16", "float64")


def copied(model: keras.Model) -> keras.Model:
    """Returns a copy with the same layers and weights, on this device."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


def plain(model: keras.Model, bake: bool = True) -> keras.Model:
    """Returns a model that computes in float32.

    Args:
        model: A Functional or Sequential model.
        bake: Whether to turn layers of kgan into Keras's. Of a model in
            other dtypes that is done in any case.

    Returns:
        A copy, or `model` itself if it is as wanted.
    """
    kinds = {layer.compute_dtype for layer in inner_layers(model)}
    is_float32 = kinds.isdisjoint(OTHER_FLOATS)
    if is_float32 and not bake:
        return model
    baked = layers.bake(model)
    if is_float32:
        return baked

    def in_float32(layer: Any) -> Any:
        config = layer.get_config()
        # Operations such as `keras.ops.argmax` have no dtype.
        if getattr(layer, "compute_dtype", None) in OTHER_FLOATS:
            config["dtype"] = "float32"
        return type(layer).from_config(config)

    copy = keras.models.clone_model(
        baked, clone_function=in_float32, recursive=True
    )
    copy.set_weights(baked.get_weights())
    return copy


def input_names(model: keras.Model) -> tuple[str, ...]:
    """Returns the names of the inputs of what is written."""
    return ("latents", "labels") if takes_labels(model) else ("latents",)


def input_specs(model: keras.Model) -> list:
    """Returns what Keras is to write as inputs: any batch, these names."""
    specs = [
        keras.InputSpec(shape=tensor.shape, dtype=tensor.dtype, name=name)
        for tensor, name in zip(model.inputs, input_names(model), strict=True)
    ]
    return [specs] if takes_labels(model) else specs
