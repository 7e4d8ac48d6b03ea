"""The sliced Wasserstein loss, for objectives of samples or of features."""

from typing import Any

import keras
from keras import ops

Tensor = Any


def draw_directions(
    num: int, dim: int, seed_generator: keras.random.SeedGenerator
) -> Tensor:
    """Draws float32 unit vectors `(num, dim)`, uniform on the sphere."""
    return unit(keras.random.normal((num, dim), seed=seed_generator))


def unit(rows: Tensor) -> Tensor:
    """Divides each row by its length; a row of zeros stays zero."""
    squares = ops.sum(ops.square(rows), axis=1, keepdims=True)
    return rows / ops.sqrt(ops.maximum(squares, 1e-24))


def sliced_loss(real: Tensor, fake: Tensor, directions: Tensor) -> Tensor:
    """Computes the squared sliced Wasserstein distance of order 2.

    This is the mean over directions and samples of the squared differences
    of the sorted projections.

    Reference: Deshpande et al. 2018, "Generative Modeling using the Sliced
    Wasserstein Distance", equation 8.

    Args:
        real: Rows `(n, dim)`.
        fake: Rows `(n, dim)`, as many as `real`.
        directions: Unit vectors `(num, dim)`.

    Returns:
        float32 scalar.
    """
    first, second = (
        ops.sort(ops.matmul(directions, ops.transpose(rows)), axis=-1)
        for rows in (ops.cast(real, "float32"), ops.cast(fake, "float32"))
    )
    return ops.mean(ops.square(first - second))
