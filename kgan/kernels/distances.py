"""Distances of all pairs, whose gradients are finite everywhere."""

from collections.abc import Sequence
from typing import Any

from keras import ops

Tensor = Any
# Up to this many coordinates, differences are taken one by one. That is exact,
# and their array is small.
FEW = 16
# Below it a root has no slope: 1e-8 of a distance of 1.
TINY = 1e-16


def squared_distances(x: Tensor, y: Tensor) -> Tensor:
    """Computes the squared distance of every x to every y.

    Args:
        x: `(n, dim)`.
        y: `(m, dim)`. If it is x itself, the diagonal is 0.

    Returns:
        float32 `(n, m)`, at least 0.
    """
    same = x is y
    x = ops.cast(x, "float32")
    y = x if same else ops.cast(y, "float32")
    if x.shape[-1] is not None and x.shape[-1] <= FEW:
        differences = ops.expand_dims(x, 1) - ops.expand_dims(y, 0)
        return ops.sum(ops.square(differences), axis=-1)
    # Far from 0, the difference of squares would lose digits.
    middle = ops.stop_gradient(ops.mean(y, axis=0, keepdims=True))
    x, y = x - middle, y - middle
    squares = _squared_lengths(x) + ops.transpose(_squared_lengths(y))
    found = squares - 2 * ops.matmul(x, ops.transpose(y))
    found = ops.maximum(found, 0.0)
    if not same:
        return found
    rows = ops.arange(ops.shape(x)[0])
    apart = ops.expand_dims(rows, 1) != ops.expand_dims(rows, 0)
    return ops.where(apart, found, 0.0)


def bells(squares: Tensor, variances: Sequence[float]) -> Tensor:
    """Sums `exp(-d^2 / (2 s))` over variances s, of squared distances d^2."""
    parts = [ops.exp(squares / (-2 * s)) for s in variances]
    return sum(parts[1:], parts[0])


def root(squares: Tensor) -> Tensor:
    """Computes the square root, which has no slope at 0.

    Values below 1e-16 count as 1e-16.
    """
    return ops.sqrt(ops.maximum(squares, TINY))


def lengths(x: Tensor) -> Tensor:
    """Computes the Euclidean length of each row; `(n, 1)`."""
    return root(_squared_lengths(ops.cast(x, "float32")))


def _squared_lengths(x: Tensor) -> Tensor:
    return ops.sum(ops.square(x), axis=-1, keepdims=True)
