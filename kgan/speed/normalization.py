"""Batch normalization by one operation of the backend, where it has one."""

import functools
from collections.abc import Callable
from typing import Any

import keras

from kgan.speed.layer_calls import Call

Tensor = Any
# `(x, gamma, beta, epsilon)` to the normalized x, and mean and variance of x.
Normalize = Callable[[Tensor, Any, Any, float], tuple[Tensor, Tensor, Tensor]]


def normalization_call(
    layer: keras.layers.Layer, normalize: Normalize
) -> Call | None:
    """Returns what trains a layer by `normalize`; `None` unless it can.

    Keras 3.15 takes the moments and applies them in a dozen passes over the
    images; the result is the same. The layer must be Keras's own, of images
    with channels last. It can go once Keras calls the backend's operation.
    """
    fusible = (
        type(layer) is keras.layers.BatchNormalization
        and len(layer.input_spec.axes) == 1
        and layer.input_spec.ndim == 4
        and layer.axis in (-1, 3)
        and layer.scale
        and layer.center
        and not layer.synchronized
        and not layer.renorm
    )
    return functools.partial(_call, normalize) if fusible else None


def _call(
    normalize: Normalize,
    layer: keras.layers.BatchNormalization,
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
