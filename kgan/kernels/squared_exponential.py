"""The Gaussian kernel by squared lengths, as GMMN has it."""

from collections.abc import Sequence
from typing import Any

import keras

from kgan.kernels.distances import bells, squared_distances
from kgan.kernels.kernel import Kernel, check_scales

Tensor = Any
BANDWIDTHS = (2.0, 5.0, 10.0, 20.0, 40.0, 80.0)


@keras.saving.register_keras_serializable(package="kgan")
class SquaredExponential(Kernel):
    """Sums Gaussian bells over their variances.

        k(x, y) = sum over s of exp(-|x - y|^2 / (2 s))

    It is `Gaussian` with sigma^2 = s.

    Reference: Li et al. 2015, "Generative Moment Matching Networks", section
    4.2. The bandwidths are those of the authors' code.

    Args:
        bandwidths: Positive number s, or a list of them. They are variances
            (squared lengths), not standard deviations.

    Raises:
        ValueError: If a number is not above 0.

    Example:

    ```python
    kernel = kgan.kernels.SquaredExponential((2.0, 5.0))
    print(kernel(points, points))  # 2 on the diagonal
    ```
    """

    def __init__(self, bandwidths: float | Sequence[float] = BANDWIDTHS):
        self.bandwidths = check_scales("bandwidths", bandwidths)

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        return bells(squared_distances(x, y), self.bandwidths)

    def get_config(self) -> dict[str, Any]:
        return {"bandwidths": list(self.bandwidths)}
