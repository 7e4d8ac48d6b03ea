"""Parts of the networks of R3GAN."""

import dataclasses
import itertools
from typing import Any

from keras import initializers, layers

from kgan.architectures.arguments import check_widths
from kgan.arguments import shown
from kgan.layers import GroupedConv2D
from kgan.networks import check_positive_integer

Tensor = Any
SLOPE = 0.2
EXPANSION = 2
GROUP = 16


@dataclasses.dataclass(frozen=True)
class Plan:
    """Describes the stages of a network, from the base to the image.

    Args:
        base: Height and width of the first stage.
        widths: Channels of each stage.
        blocks: Number of residual blocks of each stage.
        cardinality: Groups of the 3x3 convolutions of each stage.
    """

    base: tuple[int, int]
    widths: tuple[int, ...]
    blocks: tuple[int, ...]
    cardinality: tuple[int, ...]

    @property
    def gain(self) -> float:
        """Computes the gain of weights in blocks, by leaky ReLU and by depth.

        Fix-up takes L^(-1 / (2m - 2)) for L blocks of m = 3 layers.
        """
        return (2 / (1 + SLOPE**2)) ** 0.5 * sum(self.blocks) ** -0.25

    @property
    def sizes(self) -> dict[str, tuple[int, ...]]:
        """Returns the sizes behind the number of weights, by argument."""
        return {
            "image_shape": self.base,
            "widths": self.widths,
            "blocks": self.blocks,
        }

    @property
    def num_weights(self) -> int:
        """Estimates how many weights the stages have."""
        within = sum(
            num * (2 * EXPANSION * c**2 + 9 * (EXPANSION * c) ** 2 // groups)
            for c, num, groups in zip(
                self.widths, self.blocks, self.cardinality, strict=True
            )
        )
        basis = self.base[0] * self.base[1] * self.widths[0]
        return (
            within
            + basis
            + sum(a * b for a, b in itertools.pairwise(self.widths) if a != b)
        )


def check_plan(
    shape: tuple[int, int, int], widths: Any, blocks: Any, cardinality: Any
) -> Plan:
    """Returns the stages of a network, or raises ValueError."""
    widths = check_widths(widths, "widths", "stage")
    if not widths:
        raise ValueError(
            "`widths` must have one number for each stage. Received: "
            "widths=(). Write `widths=(192, 96, 32)`, say."
        )
    factor = 2 ** (len(widths) - 1)
    base = (shape[0] // factor, shape[1] // factor)
    if min(base) < 2 or shape[0] % factor or shape[1] % factor:
        raise ValueError(
            "Height and width of `image_shape` must be a base of 2 pixels or "
            f"more, doubled {len(widths) - 1} times by the stages of `widths`: "
            f"a multiple of {factor}, from {2 * factor}. Received: "
            f"image_shape={shape}, widths={shown(widths)}. Resize the images, "
            "or take more or fewer stages."
        )
    if cardinality is None:
        groups = tuple(_groups(EXPANSION * width) for width in widths)
    else:
        groups = _of_each_stage("cardinality", cardinality, widths)
    for width, number in zip(widths, groups, strict=True):
        if EXPANSION * width % number:
            raise ValueError(
                "`cardinality` must divide twice the width of its stage. "
                f"Received: cardinality={shown(cardinality)} for a width of "
                f"{width}. Leave it out for groups of {GROUP} channels."
            )
    return Plan(base, widths, _of_each_stage("blocks", blocks, widths), groups)


def _of_each_stage(
    name: str, value: Any, widths: tuple[int, ...]
) -> tuple[int, ...]:
    """Returns a positive integer for each stage, from one or a sequence."""
    if not isinstance(value, list | tuple):
        return (check_positive_integer(name, value),) * len(widths)
    if len(value) != len(widths):
        raise ValueError(
            f"`{name}` must be a positive integer, or a sequence of one for "
            f"each of the {len(widths)} stages of `widths`. Received: "
            f"{name}={shown(value)}"
        )
    return tuple(check_positive_integer(name, number) for number in value)


def _groups(channels: int) -> int:
    """Groups of 16 channels, or of the next larger size that divides."""
    return next(
        groups
        for groups in range(max(1, channels // GROUP), 0, -1)
        if channels % groups == 0
    )


def residual(x: Tensor, cardinality: int, gain: float) -> Tensor:
    """Adds the output of a block to its images; at first that is zero."""
    width = x.shape[-1]
    inner = EXPANSION * width
    y = layers.Conv2D(inner, 1, kernel_initializer=_normal(gain, width))(x)
    y = layers.LeakyReLU(negative_slope=SLOPE)(y)
    y = GroupedConv2D(
        inner,
        3,
        padding="same",
        groups=cardinality,
        kernel_initializer=_normal(gain, 9 * inner // cardinality),
    )(y)
    y = layers.LeakyReLU(negative_slope=SLOPE)(y)
    y = layers.Conv2D(width, 1, use_bias=False, kernel_initializer="zeros")(y)
    return layers.Add()([x, y])


def convolved(x: Tensor, width: int, **options: Any) -> Tensor:
    """Changes the number of channels with a 1x1 convolution."""
    return layers.Conv2D(
        width,
        1,
        use_bias=False,
        kernel_initializer=_normal(1.0, x.shape[-1]),
        **options,
    )(x)


def upsampled(x: Tensor, width: int) -> Tensor:
    """Doubles the resolution with the filter (1, 3, 3, 1) / 4 on each axis.

    Filtering pixels with zeros between them equals filtering repeated pixels
    with (1, 2, 1) / 4, which is two means of neighbours. The filter therefore
    needs no weights. A model that is made trainable would train them.
    """
    if width != x.shape[-1]:
        x = convolved(x, width)
    x = layers.UpSampling2D()(x)
    x = layers.ZeroPadding2D()(x)
    for _ in range(2):
        x = layers.AveragePooling2D(2, 1)(x)
    return x


def downsampled(x: Tensor, width: int) -> Tensor:
    """Halves the resolution with the filter (1, 3, 3, 1) / 8 on each axis.

    The filter equals three means of neighbours.
    """
    x = layers.ZeroPadding2D()(x)
    for strides in (1, 1, 2):
        x = layers.AveragePooling2D(2, strides)(x)
    return x if width == x.shape[-1] else convolved(x, width)


def _normal(gain: float, fan_in: int) -> initializers.Initializer:
    return initializers.RandomNormal(0.0, gain * fan_in**-0.5)
