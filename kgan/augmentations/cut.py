"""A square that is cut out of each image."""

from typing import Any

from keras import ops

Tensor = Any


def kept(x: Tensor, size: float, down: Tensor, right: Tensor) -> Tensor:
    """Says which pixels of the images lie outside the cut.

    Args:
        x: Images `(batch, height, width, channels)`.
        size: Share of the height and of the width to cut.
        down: Numbers in [0, 1), `(batch,)`: the centre of the cut as a share
            of the height.
        right: The same as a share of the width.

    Returns:
        Booleans `(batch, height, width, 1)`.
    """
    rows, columns = (
        ops.abs(_centres(length) - ops.reshape(centre, (-1, 1))) >= size / 2
        for length, centre in zip(x.shape[1:3], (down, right), strict=True)
    )
    return ops.logical_or(rows[:, :, None], columns[:, None, :])[..., None]


def _centres(length: int) -> Tensor:
    """Returns the pixels' centres as shares of an axis; `(1, length)`."""
    return ((ops.arange(length, dtype="float32") + 0.5) / length)[None]
