"""How much the samples of a batch differ, as channels of each."""

from typing import Any

import keras
from keras import ops

from kgan.arguments import check_integer

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class MinibatchStandardDeviation(keras.layers.Layer):
    """Appends the spread of groups of samples to each of their samples.

    The layer splits a batch of N samples into `N / group_size` groups. Sample
    i is in group `i % (N / group_size)`. In each group it takes the standard
    deviation (biased, with 1e-8 under the root) of each number over the
    samples. It averages these over pixels and over each of `num_channels`
    parts of the channels. It appends the averages as channels, the same at
    each pixel. With it a discriminator notices that a generator's samples are
    alike. Put it near the end of the discriminator.

    A batch of fewer than `group_size` samples is one group, as in StyleGAN2.
    The layer ties the samples of a batch together. It works on several
    replicas on JAX only, because elsewhere each replica sees only its rows.
    Gradients by the samples are those of the sum of all logits, as in
    StyleGAN2's R1.

    Reference: Karras et al. 2018, "Progressive Growing of GANs", section 3;
    groups and channels as in the code of Karras et al. 2020, "Analyzing and
    Improving the Image Quality of StyleGAN".

    Args:
        group_size: Positive integer. The size of a larger batch must be a
            multiple of it.
        num_channels: Positive integer that divides the channels.
        **options: See `keras.layers.Layer`.

    Raises:
        ValueError: If an argument is not as above, or does not divide the
            channels or the batch.

    Call: `(batch, ..., channels)`, images NHWC or vectors, to
        `(batch, ..., channels + num_channels)`.

    Example:

    ```python
    images = keras.Input((16, 16, 3))
    x = keras.layers.Conv2D(32, 4, 2, activation="leaky_relu")(images)
    x = kgan.layers.MinibatchStandardDeviation()(x)
    x = keras.layers.Conv2D(32, 3, activation="leaky_relu")(x)
    logits = keras.layers.Dense(1)(keras.layers.Flatten()(x))
    discriminator = keras.Model(images, logits)
    ```
    """

    def __init__(
        self, group_size: int = 4, num_channels: int = 1, **options: Any
    ):
        self.group_size = check_integer("group_size", group_size)
        self.num_channels = check_integer("num_channels", num_channels)
        super().__init__(**options)

    def build(self, input_shape: Any) -> None:
        channels = input_shape[-1]
        if len(input_shape) < 2 or channels is None:
            raise ValueError(
                "MinibatchStandardDeviation takes vectors or images of a "
                f"known number of channels. Received: shape={input_shape}"
            )
        if channels % self.num_channels:
            raise ValueError(
                "`num_channels` must divide the channels that the layer "
                f"takes. Received: num_channels={self.num_channels} for "
                f"inputs of shape {tuple(input_shape)}"
            )

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return (*input_shape[:-1], input_shape[-1] + self.num_channels)

    def _size(self, batch: Any) -> Any:
        """Returns the size of a group in a batch of so many samples."""
        if not isinstance(batch, int):
            return ops.minimum(self.group_size, batch)
        if batch > self.group_size and batch % self.group_size:
            raise ValueError(
                "`group_size` must divide the batch. Received: group_size="
                f"{self.group_size} for a batch of {batch} samples. Take a "
                "batch size that is a multiple, and for `evaluate` as many "
                "samples."
            )
        return min(self.group_size, batch)

    def get_config(self) -> dict:
        """Returns the arguments of the constructor."""
        return {
            **super().get_config(),
            "group_size": self.group_size,
            "num_channels": self.num_channels,
        }

    def call(self, inputs: Tensor) -> Tensor:
        batch = inputs.shape[0]
        if not isinstance(batch, int):  # Unknown before the step.
            batch = ops.shape(inputs)[0]
        size = self._size(batch)
        channels = inputs.shape[-1] // self.num_channels
        # Statistics are float32, whatever the network computes in.
        x = inputs
        if keras.backend.standardize_dtype(x.dtype) != "float64":
            x = ops.cast(x, "float32")
        groups = ops.reshape(
            x, (size, -1, *inputs.shape[1:-1], self.num_channels, channels)
        )
        groups = groups - ops.mean(groups, axis=0, keepdims=True)
        deviations = ops.sqrt(ops.mean(ops.square(groups), axis=0) + 1e-8)
        within = tuple(range(1, len(inputs.shape) - 1))
        spread = ops.mean(deviations, axis=(*within, -1), keepdims=True)
        spread = ops.tile(
            ops.squeeze(spread, -1),
            (size, *(1 for _ in within), 1),
        )
        spread = ops.cast(spread, inputs.dtype)
        spread = ops.broadcast_to(
            spread, (*ops.shape(inputs)[:-1], self.num_channels)
        )
        return ops.concatenate([inputs, spread], axis=-1)
