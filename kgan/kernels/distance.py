"""The kernel of the energy distance."""

from typing import Any

import keras
from keras import ops

from kgan.kernels.distances import lengths, root, squared_distances
from kgan.kernels.kernel import Kernel

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class Distance(Kernel):
    """Makes the squared discrepancy the energy distance.

        k(x, y) = |x| + |y| - |x - y|

    Its squared discrepancy is `2 E |x - y| - E |x - x'| - E |y - y'|`. It
    needs no scale. Distances below 1e-8 count as 1e-8.

    Reference: Sejdinovic et al. 2013, "Equivalence of distance-based and
    RKHS-based statistics in hypothesis testing", section 3; Bellemare et al.
    2017, "The Cramer Distance as a Solution to Biased Wasserstein Gradients".

    Example:

    ```python
    kernel = kgan.kernels.Distance()
    print(kgan.kernels.biased_mmd2(kernel, points, points + 1.0))
    ```
    """

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        sums = lengths(x) + ops.transpose(lengths(y))
        return sums - root(squared_distances(x, y))
