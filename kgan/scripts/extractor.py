"""Loads image networks trained elsewhere."""

import math
from collections.abc import Sequence
from pathlib import Path

import keras
from keras import layers

from kgan import archives
from kgan.architectures.arguments import check_image_shape
from kgan.arguments import numbers_of, shown

BYTES = (0.0, 255.0)


def extractor(
    path: str | Path,
    image_shape: tuple[int, int, int],
    pixels: Sequence[float] = BYTES,
) -> keras.Model:
    """Loads an image network, and puts before it what makes its pixels.

    Images in [-1, 1] are brought to the network's range, and resized to the
    size that it takes, bilinearly and in float32. A side that the network
    leaves open stays as it is.

    Args:
        path: `.keras` file of built-in layers, images
            `(batch, height, width, channels)` to features, or a list whose
            first entry they are.
        image_shape: `(height, width, channels)` of the images in [-1, 1].
        pixels: Lowest and highest value of the network's images, such as
            `(0, 1)`.

    Returns:
        Keras model for the `features` of a metric.

    Raises:
        ValueError: If the file is none of a Keras model, the network takes
            other than images of as many channels, or an argument is not as
            above.

    Example:

    ```python
    extractor = kgan.scripts.extractor("resnet20.keras", (32, 32, 3))
    distance = kgan.metrics.FrechetDistance(extractor)
    ```
    """
    image_shape = check_image_shape(image_shape, square=False)
    low, high = _range(pixels)
    network = archives.load_model(path)
    shapes = [
        tuple(x.shape[1:]) for x in getattr(network, "inputs", None) or []
    ]
    taken = shapes[0] if len(shapes) == 1 else ()
    if len(taken) != 3 or taken[2] not in (None, image_shape[2]):
        raise ValueError(
            "`path` must be of a network that takes images of "
            f"{image_shape[2]} channels and nothing else. Received: "
            f"path={str(path)!r}, whose inputs have the shapes {shapes}."
        )
    images = keras.Input(image_shape)
    # Bfloat16 holds every byte, but no fractions above 128.
    scale, offset = (high - low) / 2, (high + low) / 2
    x = layers.Rescaling(scale, offset, dtype="float32")(images)
    sides = zip(taken[:2], image_shape[:2], strict=True)
    size = tuple(theirs or ours for theirs, ours in sides)
    if size != image_shape[:2]:
        x = layers.Resizing(*size, dtype="float32")(x)
    return keras.Model(images, network(x), name=network.name)


def _range(pixels: Sequence[float]) -> tuple[float, float]:
    numbers = numbers_of(pixels)
    low, high = numbers if len(numbers) == 2 else (math.nan, math.nan)
    if not (math.isfinite(high - low) and low < high):
        raise ValueError(
            "`pixels` must be the lowest and the highest value of a pixel, "
            f"such as (0, 255). Received: pixels={shown(pixels)}"
        )
    return low, high
