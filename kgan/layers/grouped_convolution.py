"""Convolutions in groups of channels, quick on CPUs too."""

from typing import Any

import keras
import numpy as np
from keras import ops

Tensor = Any
# On one core of an AMD EPYC more pieces compiled longer and ran no faster.
CHANNELS_OF_A_PIECE = 32
MOST_PIECES = 4


@keras.saving.register_keras_serializable(package="kgan")
class GroupedConv2D(keras.layers.Conv2D):
    """Convolves each group of channels separately, as `Conv2D(groups=)` does.

    Weights, arguments and results are those of `keras.layers.Conv2D`. On CPUs
    TensorFlow 2.21 has no gradient of a grouped convolution, so Keras 3.15
    hands it to XLA. XLA computes it pixel by pixel, and so does JAX 0.10. For
    128 channels in 8 groups, the gradient of R1 took 20 to 100 times as long
    as here. When those two backends have only CPUs, this layer uses a few
    convolutions without groups. Each computes some of the groups, with a
    kernel that is zero between them. On PyTorch, and on GPUs, the layer is
    Keras's.

    A model with this layer loads only if kgan is imported. `kgan.layers.bake`
    turns it into `keras.layers.Conv2D`, and `kgan.callbacks.Checkpoint` does
    so for its generators.

    Args:
        *arguments: See `keras.layers.Conv2D`.
        **options: See `keras.layers.Conv2D`. `groups` must divide the
            channels and `filters`.

    Raises:
        ValueError: When `keras.layers.Conv2D` does.

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
        pieces = _num_pieces(self.groups, inputs.shape[-1])
        if pieces == self.groups == 1 or not self._is_slow():
            return super().convolution_op(inputs, kernel)
        outputs = [
            ops.conv(
                images,
                _without_groups(weights, self.groups // pieces),
                strides=list(self.strides),
                padding=self.padding,
                dilation_rate=self.dilation_rate,
                data_format=self.data_format,
            )
            for images, weights in zip(
                ops.split(inputs, pieces, axis=-1),
                ops.split(kernel, pieces, axis=-1),
                strict=True,
            )
        ]
        return ops.concatenate(outputs, axis=-1)

    def _is_slow(self) -> bool:
        """Says whether XLA would compute the groups on a CPU."""
        if keras.backend.backend() == "torch":
            return False
        if self.data_format != "channels_last":
            return False
        devices = keras.distribution.list_devices()
        return all(device.lower().startswith("cpu") for device in devices)


def _num_pieces(groups: int, channels: int) -> int:
    """Picks how many convolutions to make: few, with few zeros each."""
    most = max(1, min(MOST_PIECES, channels // CHANNELS_OF_A_PIECE))
    return next(n for n in range(most, 0, -1) if groups % n == 0)


def _without_groups(kernel: Tensor, groups: int) -> Tensor:
    """Returns a kernel of all channels that is zero between groups."""
    height, width, channels, filters = kernel.shape
    if groups == 1:
        return kernel
    # To axes: group of the channel, channel, group of the filter, filter.
    shape = (height, width, 1, channels, groups, filters // groups)
    same = np.eye(groups).reshape(1, 1, groups, 1, groups, 1)
    parts = ops.reshape(kernel, shape) * ops.cast(same, kernel.dtype)
    return ops.reshape(parts, (height, width, groups * channels, filters))
