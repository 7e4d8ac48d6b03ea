"""Parts of the residual networks of SNGAN."""

import dataclasses
from typing import Any

import keras
from keras import initializers, layers

from kgan.architectures.arguments import check_image_shape
from kgan.architectures.spectral import normalized
from kgan.arguments import is_integer, shown
from kgan.networks import check_positive_integer

Tensor = Any
# Size of the images by size of the generator's base.
BASES = {32: 4, 48: 6, 64: 4}
# After each block of the discriminator.
SIZES = {
    32: (16, 8, 8, 8),
    48: (24, 12, 6, 3, 3),
    64: (32, 16, 8, 4, 2),
}


@dataclasses.dataclass(frozen=True)
class Block:
    """Describes a residual block.

    Args:
        size: Height and width of its outputs.
        filters: Channels of its outputs.
        resamples: Whether it doubles or halves height and width.
    """

    size: int
    filters: int
    resamples: bool = True


@dataclasses.dataclass(frozen=True)
class Plan:
    """Describes a residual network.

    Args:
        base: The lowest resolution.
        first: Channels before the first block.
        blocks: The blocks from the inputs to the outputs.
    """

    base: int
    first: int
    blocks: tuple[Block, ...]

    def check_attention(self, attention: Any) -> None:
        """Raises ValueError unless attention fits at a resolution."""
        if attention is None:
            return
        places = {
            block.size: block.filters
            for block in self.blocks
            if block.resamples and block.size % 2 == 0
        }
        if not is_integer(attention) or attention not in places:
            raise ValueError(
                "`attention` must be None or the resolution after a block: "
                f"{', '.join(map(str, sorted(places)))}. Received: "
                f"attention={shown(attention)}"
            )
        if places[attention] < 8:
            raise ValueError(
                "`attention` takes an eighth of the channels, of which there "
                "must be 8 or more. Received: "
                f"attention={attention} at {places[attention]} channels. Take "
                "more `filters`."
            )


def check_plan(image_shape: Any) -> tuple[int, int]:
    """Returns size and channels of an image shape, or raises ValueError."""
    size, _, channels = check_image_shape(image_shape)
    if size not in BASES:
        raise ValueError(
            "The size of `image_shape` must be one of "
            f"{', '.join(map(str, BASES))}. Received: "
            f"image_shape={image_shape}. Resize the images, as "
            "`kgan.data.load(..., image_size=...)` does, or take the networks "
            "of DCGAN or R3GAN, which have more sizes."
        )
    return size, channels


def check_filters(filters: Any, size: int, at_32: int) -> int:
    """Returns the filters; `None` takes the paper's."""
    if filters is None:
        return at_32 if size == 32 else 64
    return check_positive_integer("filters", filters)


def generator_plan(size: int, filters: int) -> Plan:
    """Plans the blocks of a generator that ends with so many filters."""
    base = BASES[size]
    doublings = (size // base).bit_length() - 1
    widths = [filters * 2**i for i in reversed(range(doublings + 1))]
    if size == 32:
        widths = [filters] * (doublings + 1)
    blocks = tuple(
        Block(base * 2 ** (i + 1), width) for i, width in enumerate(widths[1:])
    )
    return Plan(base, widths[0], blocks)


def discriminator_plan(size: int, filters: int) -> Plan:
    """Plans the blocks of a discriminator that starts with so many filters."""
    sizes = SIZES[size]
    widths = [filters * 2**i for i in range(len(sizes))]
    if size == 32:
        widths = [filters] * len(sizes)
    blocks = tuple(
        Block(after, width, before != after)
        for before, after, width in zip(
            (size, *sizes), sizes, widths, strict=False
        )
    )
    return Plan(sizes[-1], filters, blocks)


def convolution(
    filters: int, kernel: int = 3, gain: float = 2**0.5, **options: Any
) -> keras.Layer:
    """Makes a convolution that keeps the size, with Glorot's weights."""
    initializer = initializers.VarianceScaling(gain**2, "fan_avg", "uniform")
    return layers.Conv2D(
        filters,
        kernel,
        padding="same",
        kernel_initializer=initializer,
        **options,
    )


def batch_normalized(
    x: Tensor, labels: Tensor | None = None, num_classes: int | None = None
) -> Tensor:
    """Normalizes by batch; labels give each class a scale and an offset."""
    options = {"momentum": 0.9, "epsilon": 2e-5}
    if num_classes is None:
        return layers.BatchNormalization(**options)(x)
    x = layers.BatchNormalization(center=False, scale=False, **options)(x)
    gamma, beta = (
        layers.Reshape((1, 1, x.shape[-1]))(
            layers.Embedding(
                num_classes, x.shape[-1], embeddings_initializer=start
            )(labels)
        )
        for start in ("ones", "zeros")
    )
    return layers.Add()([layers.Multiply()([x, gamma]), beta])


def up_block(
    x: Tensor,
    filters: int,
    labels: Tensor | None,
    num_classes: int | None,
    spectral: bool,
) -> Tensor:
    """Doubles images, and adds the output of two convolutions to them."""
    y = layers.ReLU()(batch_normalized(x, labels, num_classes))
    y = layers.UpSampling2D()(y)
    y = normalized(convolution(filters), spectral)(y)
    y = layers.ReLU()(batch_normalized(y, labels, num_classes))
    y = normalized(convolution(filters), spectral)(y)
    x = layers.UpSampling2D()(x)
    x = normalized(convolution(filters, 1, 1.0), spectral)(x)
    return layers.Add()([x, y])


def first_block(x: Tensor, filters: int, spectral: bool) -> Tensor:
    """Halves images, and adds the output of two convolutions to them."""
    y = normalized(convolution(filters), spectral)(x)
    y = layers.ReLU()(y)
    y = normalized(convolution(filters), spectral)(y)
    y = layers.AveragePooling2D(2)(y)
    x = layers.AveragePooling2D(2)(x)
    x = normalized(convolution(filters, 1, 1.0), spectral)(x)
    return layers.Add()([x, y])


def down_block(x: Tensor, filters: int, halves: bool, spectral: bool) -> Tensor:
    """Adds the output of two convolutions to images; may halve both."""
    y = layers.ReLU()(x)
    y = normalized(convolution(x.shape[-1]), spectral)(y)
    y = layers.ReLU()(y)
    y = normalized(convolution(filters), spectral)(y)
    if halves or filters != x.shape[-1]:
        x = normalized(convolution(filters, 1, 1.0), spectral)(x)
    if halves:
        x, y = layers.AveragePooling2D(2)(x), layers.AveragePooling2D(2)(y)
    return layers.Add()([x, y])
