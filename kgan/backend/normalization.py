"""Batch normalization by one operation of the backend, where it has one."""

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras

Tensor = Any
# `(x, gamma, beta, epsilon)` to the normalized x, and mean and variance of x.
Normalize = Callable[[Tensor, Any, Any, float], tuple[Tensor, Tensor, Tensor]]


def fusible(layer: keras.layers.Layer) -> bool:
    """Whether the layer is Keras's own, of images with channels last."""
    return (
        type(layer) is keras.layers.BatchNormalization
        and len(layer.input_spec.axes) == 1
        and layer.input_spec.ndim == 4
        and layer.axis in (-1, 3)
        and layer.scale
        and layer.center
        and not layer.synchronized
        and not layer.renorm
    )


@contextlib.contextmanager
def fused(
    layers: Sequence[keras.layers.BatchNormalization], normalize: Normalize
) -> Iterator[None]:
    """Has these layers train by `normalize`, while the context lasts.

    Keras takes the moments and applies them in a dozen passes over the images;
    the result is the same.
    """
    for layer in layers:
        # Not by `setattr`, which Keras tracks.
        vars(layer)["call"] = functools.partial(_call, layer, normalize)
    try:
        yield
    finally:
        for layer in layers:
            vars(layer).pop("call", None)


def _call(
    layer: keras.layers.BatchNormalization,
    normalize: Normalize,
    inputs: Tensor,
    training: bool | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    dtype = keras.backend.standardize_dtype(inputs.dtype)
    averages_move = training and layer.trainable and mask is None
    if not averages_move or dtype != "float32":
        return type(layer).call(layer, inputs, training=training, mask=mask)
    y, mean, variance = normalize(
        inputs, layer.gamma.value, layer.beta.value, layer.epsilon
    )
    share = layer.momentum
    for average, value in (
        (layer.moving_mean, mean),
        (layer.moving_variance, variance),
    ):
        average.assign(average.value * share + value * (1 - share))
    return y
