"""Moves of images by whole pixels: mirrored, turned and shifted.

All are products with matrices of zeros and ones, or exchanges of axes, which
every backend differentiates twice.
"""

from typing import Any

from keras import ops

Tensor = Any
# A share of the image's size, as the authors' `xint_max`.
MOST_SHIFT = 0.125


def moved(
    x: Tensor, mirror: Tensor, turns: Tensor, down: Tensor, right: Tensor
) -> Tensor:
    """Mirrors each image, then turns it, then shifts it.

    The image, reflected at its border, moves in; the border itself is not
    repeated.

    Args:
        x: Images `(batch, height, width, channels)`.
        mirror: Booleans `(batch,)`: whether to swap left and right.
        turns: Integers from 0 to 3 in float32, `(batch,)`: quarters of a turn
            anticlockwise. Use 0 or 2 for images that are not square.
        down: Integers in float32 `(batch,)`: pixels to shift down by.
        right: The same, to the right.

    Returns:
        Images of the shape of `x`.
    """
    height, width = x.shape[1:3]
    quarter = ops.logical_or(turns == 1, turns == 3)
    if height == width:
        turned = ops.transpose(x, (0, 2, 1, 3))
        x = ops.where(ops.reshape(quarter, (-1, 1, 1, 1)), turned, x)
    # A mirrored image that is transposed is mirrored in its rows.
    half = turns == 2
    in_rows = ops.logical_xor(
        ops.logical_or(half, turns == 1), ops.logical_and(mirror, quarter)
    )
    in_columns = ops.logical_xor(
        ops.logical_or(half, turns == 3),
        ops.logical_and(mirror, ops.logical_not(quarter)),
    )
    rows = _sources(height, in_rows, down, x.dtype)
    columns = _sources(width, in_columns, right, x.dtype)
    x = ops.einsum("bij,bjwc->biwc", rows, x)
    return ops.einsum("bij,bhjc->bhic", columns, x)


def shifts(share: Tensor, size: int) -> Tensor:
    """Turns numbers in [0, 1) into whole pixels, up to an eighth of the size.

    Halves are rounded to the even number, as in the authors' code.
    """
    return ops.round((2.0 * share - 1.0) * (MOST_SHIFT * size))


def _sources(size: int, reverse: Tensor, shift: Tensor, dtype: Any) -> Tensor:
    """Makes `(batch, size, size)`: row i is the unit vector of its source."""
    pixels = ops.arange(size, dtype="float32")
    source = ops.reshape(pixels, (1, -1)) - ops.reshape(shift, (-1, 1))
    last = size - 1.0
    source = last - ops.abs(last - ops.abs(source))
    source = ops.where(ops.reshape(reverse, (-1, 1)), last - source, source)
    unit = source[:, :, None] == ops.reshape(pixels, (1, 1, -1))
    return ops.cast(unit, dtype)
