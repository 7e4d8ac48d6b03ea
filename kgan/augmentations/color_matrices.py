"""Changes of colour as one affine map of each image's channels."""

import math
from typing import Any

import numpy as np
from keras import ops

Tensor = Any
# Standard deviations of the authors' code: of the brightness, and of the
# logarithms, to the base 2, of the contrast and of the saturation.
BRIGHTNESS, CONTRAST, SATURATION = 0.2, 0.5, 1.0
# Of gray: its direction v has length 1, so that x's part along it is v v^T x.
GRAY = np.full((3, 3), 1 / 3, "float32")
UNIT = np.eye(3, dtype="float32")
# The cross product with v, by which Rodrigues' formula turns about it.
CROSS = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)
CROSS = CROSS.astype("float32")


def recolored(
    x: Tensor,
    brightness: Tensor,
    contrast: Tensor,
    flip: Tensor,
    angle: Tensor,
    saturation: Tensor,
) -> Tensor:
    """Changes brightness, contrast, luma, hue and saturation, in this order.

    The result is `M (x + brightness)`, where M is the matrix of the last
    four. Images of one channel are gray, and keep hue and saturation.

    Args:
        x: Images `(batch, height, width, channels)` of 1 or 3 channels.
        brightness: Numbers `(batch,)` to add.
        contrast: Factors `(batch,)`.
        flip: 1.0 or 0.0, `(batch,)`: whether to negate the part along gray.
        angle: Radians `(batch,)` of a turn about gray.
        saturation: Factors `(batch,)` that scale the distance from gray.

    Returns:
        Images of the shape of `x`.
    """
    bright, scale, sign, turn, colors = (
        ops.reshape(number, (-1, 1, 1))
        for number in (
            brightness,
            contrast,
            1.0 - 2.0 * flip,
            angle,
            saturation,
        )
    )
    x = x + ops.cast(bright[..., None], x.dtype)
    if x.shape[3] == 1:
        return x * ops.cast((scale * sign)[..., None], x.dtype)
    # About gray, a turn and a saturation leave the part along it.
    gray, rest, cross = map(ops.convert_to_tensor, (GRAY, UNIT - GRAY, CROSS))
    turned = ops.cos(turn) * rest + ops.sin(turn) * cross
    matrix = scale * (sign * gray + colors * turned)
    return ops.einsum("bdc,bhwc->bhwd", ops.cast(matrix, x.dtype), x)


def change_colors(
    x: Tensor,
    numbers: dict[str, Tensor],
    chosen: dict[str, Tensor],
    normals: dict[str, Tensor],
) -> Tensor:
    """Makes the chosen changes to the colours of each image.

    Args:
        x: Images `(batch, height, width, channels)` of 1 or 3 channels.
        numbers: Numbers in [0, 1) `(batch,)` for `"luma flip"` and `"hue"`.
        chosen: Booleans `(batch,)` for `"luma flip"`, `"hue"`,
            `"brightness"`, `"contrast"` and `"saturation"`.
        normals: Normal numbers `(batch,)` for the last three.

    Returns:
        Images of the shape of `x`.
    """

    def where(name, number, otherwise):
        return ops.where(chosen[name], number, otherwise)

    half_turns = 2.0 * numbers["hue"] - 1.0
    return recolored(
        x,
        where("brightness", BRIGHTNESS * normals["brightness"], 0.0),
        where("contrast", 2.0 ** (CONTRAST * normals["contrast"]), 1.0),
        where("luma flip", ops.floor(2.0 * numbers["luma flip"]), 0.0),
        where("hue", math.pi * half_turns, 0.0),
        where("saturation", 2.0 ** (SATURATION * normals["saturation"]), 1.0),
    )
