"""Extractors of others, which take pixels of 0 to 255."""

from pathlib import Path

import keras

from kgan import archives


def byte_extractor(
    path: str | Path, image_shape: tuple[int, int, int]
) -> keras.Model:
    """Loads a network that takes pixels of 0 to 255, for images in [-1, 1].

    Args:
        path: `.keras` file of built-in layers, images
            `(batch, size, size, channels)` of 0 to 255 to features, or a list
            whose first entry they are.
        image_shape: `(size, size, channels)` of the images in [-1, 1].

    Returns:
        Keras model for the `features` of a metric, in float32.

    Raises:
        ValueError: If the file is none of a Keras model, or the network does
            not take such images.

    Example:

    ```python
    extractor = kgan.scripts.byte_extractor("resnet20.keras", (32, 32, 3))
    distance = kgan.metrics.FrechetDistance(extractor)
    ```
    """
    network = archives.load_model(path)
    images = keras.Input(image_shape)
    # Bfloat16 holds every byte, but no fractions above 128.
    pixels = keras.layers.Rescaling(127.5, 127.5, dtype="float32")(images)
    return keras.Model(images, network(pixels), name=network.name)
