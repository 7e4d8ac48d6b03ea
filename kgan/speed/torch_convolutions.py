"""PyTorch: convolutions that keep images as Keras lays them out in memory."""

from typing import Any

import keras
import torch
from torch.nn import functional

from kgan.speed.layer_calls import Call

_CONVOLUTIONS = (keras.layers.Conv2D, keras.layers.Conv2DTranspose)


def convolution_call(layer: keras.layers.Layer) -> Call | None:
    """Returns what a convolution does on CPUs; `None` unless it can.

    Keras 3.15 copies images to PyTorch's order of the axes and back, and
    computes a border of each transposed convolution that it then cuts off.
    PyTorch takes images of channels last without a copy, and an even padding.
    The layer must be Keras's own, without groups or dilation. It can go once
    Keras permutes axes without copying them.
    """
    able = (
        type(layer) in _CONVOLUTIONS
        and layer.data_format == "channels_last"
        and tuple(layer.dilation_rate) == (1, 1)
        and getattr(layer, "groups", 1) == 1
        and getattr(layer, "output_padding", None) is None
    )
    return _call if able else None


def _call(layer: Any, inputs: torch.Tensor) -> torch.Tensor:
    kernel = keras.ops.convert_to_tensor(layer.kernel)
    padding = _padding(layer, inputs.shape[1:3])
    if padding is None or not (
        inputs.dtype == kernel.dtype == torch.float32
        and inputs.device.type == "cpu"
    ):
        return type(layer).call(layer, inputs)
    images = inputs.permute(0, 3, 1, 2)
    kernel = _channels_last(kernel)
    bias = keras.ops.convert_to_tensor(layer.bias) if layer.use_bias else None
    convolve = (
        functional.conv_transpose2d
        if isinstance(layer, keras.layers.Conv2DTranspose)
        else functional.conv2d
    )
    outputs = convolve(images, kernel, bias, layer.strides, padding)
    outputs = outputs.permute(0, 2, 3, 1)
    return outputs if layer.activation is None else layer.activation(outputs)


def _channels_last(kernel: torch.Tensor) -> torch.Tensor:
    """Orders a kernel for PyTorch, in memory like the images.

    As the transpose of a matrix, which PyTorch copies faster than other
    permutations.
    """
    height, width, channels, filters = kernel.shape
    rows = kernel.flatten(0, 2).t().contiguous()
    return rows.view(filters, height, width, channels).permute(0, 3, 1, 2)


def _padding(layer: Any, sizes: Any) -> list[int] | None:
    """Returns the padding of each axis; `None` if the sides differ."""
    if layer.padding not in ("same", "valid"):
        return None
    totals = []
    for size, kernel, stride in zip(
        sizes, layer.kernel_size, layer.strides, strict=True
    ):
        if isinstance(layer, keras.layers.Conv2DTranspose):
            total = kernel - stride  # Below zero there are gaps to fill.
            if layer.padding == "valid":
                total = min(total, 0)
        elif layer.padding == "valid":
            total = 0
        else:
            last = (size - 1) // stride * stride
            total = max(last + kernel - size, 0)
        totals.append(total)
    if any(total < 0 or total % 2 for total in totals):
        return None
    return [total // 2 for total in totals]
