"""Squared maximum mean discrepancies of two sets, by any kernel."""

from collections.abc import Callable
from typing import Any

from keras import ops

Tensor = Any
KernelFunction = Callable[[Tensor, Tensor], Tensor]


def biased_mmd2(kernel: KernelFunction, x: Tensor, y: Tensor) -> Tensor:
    """Computes the squared discrepancy of two sets of points, at least 0.

    It is `mean k(x, x') + mean k(y, y') - 2 mean k(x, y)` over all pairs,
    including those of a point with itself.

    Reference: Gretton et al. 2012, "A Kernel Two-Sample Test", equation 5.

    Args:
        kernel: One of `kgan.kernels`.
        x: `(n, dim)`.
        y: `(m, dim)`.

    Returns:
        float32 scalar, at least 0 except for rounding.

    Example:

    ```python
    kernel = kgan.kernels.Gaussian()
    print(kgan.kernels.biased_mmd2(kernel, points[:50], points[50:]))
    ```
    """
    of_x, of_y, mixed = _levelled(kernel, x, y)
    return ops.mean(of_x) + ops.mean(of_y) - 2 * ops.mean(mixed)


def unbiased_mmd2(kernel: KernelFunction, x: Tensor, y: Tensor) -> Tensor:
    """Estimates the squared discrepancy without bias.

    This is `biased_mmd2` over pairs of different points of a set. Its expected
    value is the squared discrepancy of the distributions, so an estimate may
    be negative.

    Reference: Gretton et al. 2012, lemma 6.

    Args:
        kernel: One of `kgan.kernels`.
        x: `(n, dim)`.
        y: `(m, dim)`. A set of one point has no pairs: its term is 0.

    Returns:
        float32 scalar.

    Example:

    ```python
    kernel = kgan.kernels.Gaussian()
    print(kgan.kernels.unbiased_mmd2(kernel, points[:50], points[50:]))
    ```
    """
    of_x, of_y, mixed = _levelled(kernel, x, y)
    return _mean_of_pairs(of_x) + _mean_of_pairs(of_y) - 2 * ops.mean(mixed)


def _levelled(kernel: KernelFunction, x: Tensor, y: Tensor) -> list[Tensor]:
    """Subtracts one number from all three matrices; no discrepancy changes.

    Means of about 5 would leave too few digits of their small difference.
    """
    matrices = [kernel(x, x), kernel(y, y), kernel(x, y)]
    level = ops.stop_gradient(ops.mean(matrices[-1]))
    return [matrix - level for matrix in matrices]


def _mean_of_pairs(matrix: Tensor) -> Tensor:
    """Computes the mean off the diagonal of `(n, n)`."""
    num = ops.cast(ops.shape(matrix)[0], matrix.dtype)
    pairs = ops.maximum(num * (num - 1), 1.0)
    return (ops.sum(matrix) - ops.trace(matrix)) / pairs
