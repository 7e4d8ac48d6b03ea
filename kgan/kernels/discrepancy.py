"""Squared maximum mean discrepancies of two sets, by any kernel."""

from collections.abc import Callable
from typing import Any

from keras import ops

Tensor = Any
KernelFunction = Callable[[Tensor, Tensor], Tensor]


def biased_mmd2(kernel: KernelFunction, x: Tensor, y: Tensor) -> Tensor:
    """Computes the squared discrepancy of two sets of points, at least 0.

    `mean k(x, x') + mean k(y, y') - 2 mean k(x, y)` over all pairs, those of
    a point with itself among them.

    Reference: Gretton et al. 2012, "A Kernel Two-Sample Test", equation 5.

    Args:
        kernel: One of `kgan.kernels`.
        x: `(n, dim)`.
        y: `(m, dim)`.

    Returns:
        float32 scalar; but for rounding, at least 0.

    Example:

    ```python
    kernel = kgan.kernels.Gaussian()
    print(kgan.kernels.biased_mmd2(kernel, points[:50], points[50:]))
    ```
    """
    within = ops.mean(kernel(x, x)) + ops.mean(kernel(y, y))
    return within - 2 * ops.mean(kernel(x, y))


def unbiased_mmd2(kernel: KernelFunction, x: Tensor, y: Tensor) -> Tensor:
    """Computes the estimate of the squared discrepancy without bias.

    As `biased_mmd2`, but over pairs of different points of a set. Its
    expectation is that of the distributions, so that it may be negative.

    Reference: Gretton et al. 2012, lemma 6.

    Args:
        kernel: One of `kgan.kernels`.
        x: `(n, dim)`.
        y: `(m, dim)`. A set of one point has no pairs, and its term is 0.

    Returns:
        float32 scalar.

    Example:

    ```python
    kernel = kgan.kernels.Gaussian()
    print(kgan.kernels.unbiased_mmd2(kernel, points[:50], points[50:]))
    ```
    """
    within = _mean_of_pairs(kernel(x, x)) + _mean_of_pairs(kernel(y, y))
    return within - 2 * ops.mean(kernel(x, y))


def _mean_of_pairs(matrix: Tensor) -> Tensor:
    """The mean beside the diagonal of `(n, n)`."""
    num = ops.cast(ops.shape(matrix)[0], matrix.dtype)
    pairs = ops.maximum(num * (num - 1), 1.0)
    return (ops.sum(matrix) - ops.trace(matrix)) / pairs
