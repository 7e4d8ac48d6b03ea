"""Differentiable augmentation of images."""

from typing import Any

import keras
from keras import ops

from kgan.arguments import check_finite
from kgan.augmentations.augmentation import Augmentation, check_policy

Tensor = Any
POLICIES = ("color", "translation", "cutout")
# Columns of the numbers drawn for each sample.
BRIGHTNESS, SATURATION, CONTRAST, DOWN, RIGHT, ROW, COLUMN, CHANCE = range(8)


@keras.saving.register_keras_serializable(package="kgan")
class DiffAugment(Augmentation):
    """Recolours and shifts each sample, and cuts a square out of it.

    The images are in [-1, 1]. The changes come in this order:

    - `color`: changes brightness to `x + u`, u in [-0.5, 0.5); saturation
      about the mean of the channels by a factor in [0, 2); contrast about the
      mean of the image by a factor in [0.5, 1.5).
    - `translation`: shifts by whole pixels, up to an eighth of the height and
      of the width each way. Zeros move in.
    - `cutout`: sets a square of half the height and half the width, centred
      anywhere, to 0.

    Reference: Zhao et al. 2020, "Differentiable Augmentation for
    Data-Efficient GAN Training", section 4 and its TensorFlow code.

    Args:
        policy: Names from `"color,translation,cutout"`, separated by commas.
        probability: Number in [0, 1], the share of samples to change.

    Raises:
        ValueError: If an argument is not as above. When a model is built, if
            its samples are not images.

    Example:

    ```python
    gan = kgan.NonSaturatingGAN(
        generator,
        discriminator,
        augmentation=kgan.augmentations.DiffAugment("translation,cutout"),
    )
    ```
    """

    def __init__(
        self,
        policy: str = "color,translation,cutout",
        probability: float = 1.0,
    ):
        self._names = check_policy(policy, POLICIES)
        self.policy = policy
        self.probability = check_finite("probability", probability)
        if not 0 <= self.probability <= 1:
            raise ValueError(
                "`probability` must lie in [0, 1]. Received: "
                f"probability={probability!r}"
            )

    def check(self, sample_shape: tuple) -> None:
        if len(sample_shape) != 3 or None in sample_shape[:2]:
            raise ValueError(
                "`augmentation`: DiffAugment changes images of known size, "
                "(height, width, channels). Received: samples of shape "
                f"{sample_shape}."
            )

    def draw(self, random: Any, shape: tuple) -> Tensor:
        """Draws `(batch, 8)` numbers in [0, 1)."""
        return random.uniform((shape[0], 8))

    def __call__(self, samples: Tensor, draws: Tensor) -> Tensor:
        changes = {
            "color": _change_colors,
            "translation": _translate,
            "cutout": _cut_out,
        }
        changed = samples
        for name in POLICIES:
            if name in self._names:
                changed = changes[name](changed, draws)
        chosen = _per_sample(draws, CHANCE) < self.probability
        return ops.where(chosen, changed, samples)

    def get_config(self) -> dict:
        return {"policy": self.policy, "probability": self.probability}


def _per_sample(draws: Tensor, column: int) -> Tensor:
    return ops.reshape(draws[:, column], (-1, 1, 1, 1))


def _change_colors(x: Tensor, draws: Tensor) -> Tensor:
    x = x + (_per_sample(draws, BRIGHTNESS) - 0.5)
    gray = ops.mean(x, axis=3, keepdims=True)
    x = (x - gray) * (2.0 * _per_sample(draws, SATURATION)) + gray
    mean = ops.mean(x, axis=(1, 2, 3), keepdims=True)
    return (x - mean) * (_per_sample(draws, CONTRAST) + 0.5) + mean


def _translate(x: Tensor, draws: Tensor) -> Tensor:
    """By products with shifted unit matrices, which every backend
    differentiates twice."""
    height, width = x.shape[1:3]
    down = _shift_matrices(draws[:, DOWN], height, x.dtype)
    right = _shift_matrices(draws[:, RIGHT], width, x.dtype)
    x = ops.einsum("bij,bjwc->biwc", down, x)
    return ops.einsum("bij,bhjc->bhic", right, x)


def _shift_matrices(share: Tensor, size: int, dtype: Any) -> Tensor:
    """Makes `(batch, size, size)`: row i is pixel i - shift's unit vector."""
    most = int(size / 8 + 0.5)
    shift = ops.floor(share * (2 * most + 1)) - most
    pixels = ops.arange(size, dtype="float32")
    source = ops.reshape(pixels, (1, -1, 1)) - ops.reshape(shift, (-1, 1, 1))
    return ops.cast(source == ops.reshape(pixels, (1, 1, -1)), dtype)


def _cut_out(x: Tensor, draws: Tensor) -> Tensor:
    height, width = x.shape[1:3]
    rows = _cut(draws[:, ROW], height)
    columns = _cut(draws[:, COLUMN], width)
    inside = ops.logical_and(rows[:, :, None], columns[:, None, :])
    return ops.where(inside[..., None], 0.0, x)


def _cut(share: Tensor, size: int) -> Tensor:
    """Says which of `size` pixels lie within the cut; `(batch, size)`."""
    side = int(size / 2 + 0.5)
    places = size + 1 - side % 2
    first = ops.floor(share * places) - side // 2
    distance = ops.arange(size, dtype="float32")[None] - first[:, None]
    return ops.logical_and(distance >= 0, distance < side)
