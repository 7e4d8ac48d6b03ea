"""The Gaussian kernel by standard deviations."""

from collections.abc import Sequence
from typing import Any

import keras

from kgan.kernels.distances import bells, squared_distances
from kgan.kernels.kernel import Kernel, check_scales

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class Gaussian(Kernel):
    """Sums Gaussian bells over their standard deviations.

        k(x, y) = sum over sigma of exp(-|x - y|^2 / (2 sigma^2))

    Reference: Li et al. 2017, "MMD GAN", section 5, whose sigmas are the
    default.

    Args:
        sigmas: Positive number, or a list of them, in the units of a sample.

    Raises:
        ValueError: If a number is not above 0.

    Example:

    ```python
    kernel = kgan.kernels.Gaussian(sigmas=(1.0, 2.0))
    print(kernel(points, points))  # 2 on the diagonal
    ```
    """

    def __init__(
        self, sigmas: float | Sequence[float] = (1.0, 2.0, 4.0, 8.0, 16.0)
    ):
        self.sigmas = check_scales("sigmas", sigmas)

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        return bells(squared_distances(x, y), [s**2 for s in self.sigmas])

    def get_config(self) -> dict[str, Any]:
        return {"sigmas": list(self.sigmas)}
