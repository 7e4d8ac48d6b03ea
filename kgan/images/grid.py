"""Images side by side in one picture."""

import math

import numpy as np

from kgan.arguments import check_integer
from kgan.images.samples import float_array
from kgan.memory import check_memory

MIN_CELL_SIDE = 32
SEPARATOR = 2
SEPARATOR_GRAY = 128


def image_grid(images: np.ndarray, columns: int | None = None) -> np.ndarray:
    """Lays images out in one picture, row by row.

    Small images are enlarged by a whole factor, each pixel to a square, until
    the longer side has at least 32 pixels. A gray line of 2 pixels frames
    every image; cells without an image are gray too.

    Example:

    ```python
    digits = np.random.default_rng(0).uniform(-1, 1, (10, 8, 8, 1))
    picture = kgan.images.image_grid(digits, columns=5)  # (70, 172) uint8
    ```

    Args:
        images: Float array of shape `(n, height, width, channels)` with 1 or
            3 channels and values in [-1, 1]. Values outside are clipped; NaN
            is drawn black.
        columns: Images per row, at least 1. Defaults to the smallest number
            that leaves no more rows than columns.

    Returns:
        uint8 array, `(rows, columns)` of pixels for 1 channel and
        `(rows, columns, 3)` for 3.

    Raises:
        ValueError: If the images have another rank, number of channels or
            dtype, if there are none, if `columns` is not positive, or if the
            picture takes more memory than there is.
    """
    images = float_array(images)
    if images.ndim != 4 or images.shape[-1] not in (1, 3):
        raise ValueError(
            "`images` must have shape (n, height, width, channels) with 1 or "
            f"3 channels. Received: images.shape={images.shape}"
        )
    num, height, width, channels = images.shape
    if columns is None:
        columns = math.ceil(math.sqrt(num))
    check_integer("columns", columns, minimum=1, maximum=None)
    rows = math.ceil(num / columns)

    scale = math.ceil(MIN_CELL_SIDE / max(height, width))
    pixels = to_uint8(images).repeat(scale, axis=1).repeat(scale, axis=2)
    cell_height = height * scale + SEPARATOR
    cell_width = width * scale + SEPARATOR
    shape = (
        rows * cell_height + SEPARATOR,
        columns * cell_width + SEPARATOR,
        channels,
    )
    check_memory("columns", columns, math.prod(shape), "pixels")
    grid = np.full(shape, SEPARATOR_GRAY, dtype="uint8")
    for index, image in enumerate(pixels):
        top = index // columns * cell_height + SEPARATOR
        left = index % columns * cell_width + SEPARATOR
        grid[top : top + height * scale, left : left + width * scale] = image
    return grid[:, :, 0] if channels == 1 else grid


def to_uint8(images: np.ndarray) -> np.ndarray:
    """Returns images in [-1, 1] as bytes; what lies outside is clipped."""
    images = np.clip(np.nan_to_num(images, nan=-1.0), -1.0, 1.0)
    return np.round((images + 1.0) * 127.5).astype("uint8")
