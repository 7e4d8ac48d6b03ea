"""Convolutions in groups of channels, quick on CPUs too."""

from typing import Any

import keras
from keras import ops

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class GroupedConv2D(keras.layers.Conv2D):
    """Convolves each group of channels by itself, as `Conv2D(groups=)` does.

    Weights, arguments and results are those of `keras.layers.Conv2D`. On CPUs
    TensorFlow 2.21 has no gradient of a grouped convolution, so that Keras
    3.15 gives it to XLA, which computes it pixel by pixel there, on JAX 0.10
    likewise. Groups of 16 of 128 channels and R1's second derivative took 30
    to 130 times as long as here. This layer takes, where there are only CPUs,
    a convolution for each group on TensorFlow, and a product of matrices on
    JAX. On PyTorch, and on GPUs, it is Keras's.

    A model with this layer loads where kgan is imported. `kgan.layers.bake`
    returns one of `keras.layers.Conv2D`; `kgan.callbacks.Checkpoint` writes
    its generators so.

    Args:
        *arguments: As of `keras.layers.Conv2D`.
        **options: Likewise; `groups` must divide the channels and `filters`.

    Raises:
        ValueError: As of `keras.layers.Conv2D`.

    Call: images `(batch, height, width, channels)`, float, to
        `(batch, new height, new width, filters)`.

    Example:

    ```python
    images = keras.Input((16, 16, 32))
    convolve = kgan.layers.GroupedConv2D(32, 3, padding="same", groups=2)
    model = keras.Model(images, convolve(images))
    ```
    """

    def convolution_op(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        """Convolves images with a kernel, without the bias."""
        if (
            self.groups == 1
            or self.data_format != "channels_last"
            or not _is_slow()
        ):
            return super().convolution_op(inputs, kernel)
        plain = (
            self.padding == "same"
            and set(self.strides) == set(self.dilation_rate) == {1}
            and None not in inputs.shape[1:]
        )
        # JAX compiles a convolution for each group slowly.
        if plain and keras.backend.backend() == "jax":
            return _as_product(inputs, kernel, self.groups)
        return ops.concatenate(
            [
                ops.conv(
                    images,
                    weights,
                    strides=list(self.strides),
                    padding=self.padding,
                    dilation_rate=self.dilation_rate,
                    data_format=self.data_format,
                )
                for images, weights in zip(
                    ops.split(inputs, self.groups, axis=-1),
                    ops.split(kernel, self.groups, axis=-1),
                    strict=True,
                )
            ],
            axis=-1,
        )


def _is_slow() -> bool:
    """Whether grouped convolutions would be XLA's on a CPU."""
    if keras.backend.backend() == "torch":
        return False
    devices = keras.distribution.list_devices()
    return all(device.lower().startswith("cpu") for device in devices)


def _as_product(inputs: Tensor, kernel: Tensor, groups: int) -> Tensor:
    """A convolution of stride 1, as one product of matrices per group."""
    height, width, within, filters = kernel.shape
    _, rows, columns, channels = inputs.shape
    before = ((height - 1) // 2, (width - 1) // 2)
    padded = ops.pad(
        inputs,
        (
            (0, 0),
            (before[0], height - 1 - before[0]),
            (before[1], width - 1 - before[1]),
            (0, 0),
        ),
    )
    shifted = [
        ops.reshape(
            padded[:, i : i + rows, j : j + columns],
            (-1, groups, within),
        )
        for i in range(height)
        for j in range(width)
    ]
    patches = ops.transpose(ops.concatenate(shifted, axis=-1), (1, 0, 2))
    weights = ops.transpose(
        ops.reshape(
            kernel, (height * width * within, groups, filters // groups)
        ),
        (1, 0, 2),
    )
    outputs = ops.transpose(ops.matmul(patches, weights), (1, 0, 2))
    return ops.reshape(outputs, (-1, rows, columns, filters))
