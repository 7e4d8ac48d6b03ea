"""The rational quadratic kernel."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from kgan.arguments import check_boolean
from kgan.kernels.distances import squared_distances
from kgan.kernels.kernel import Kernel, check_scales

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class RationalQuadratic(Kernel):
    """Sums rational quadratic bells, which have heavy tails.

        k(x, y) = sum over alpha of (1 + |x - y|^2 / (2 alpha))^(-alpha)

    With `linear=True` it is rq* of the paper, which adds x . y. The means of
    two sets then attract each other however far apart they are.

    Reference: Binkowski et al. 2018, "Demystifying MMD GANs", section 2.1 and
    equation 6, whose alphas are the default.

    Args:
        alphas: Positive number, or a list of them.
        linear: Whether to add x . y.

    Raises:
        ValueError: If a number is not above 0, or `linear` is not a boolean.

    Example:

    ```python
    kernel = kgan.kernels.RationalQuadratic(linear=True)
    gan = kgan.MMDGAN(generator, features, kernel=kernel, unbiased=True)
    ```
    """

    def __init__(
        self,
        alphas: float | Sequence[float] = (0.2, 0.5, 1.0, 2.0, 5.0),
        linear: bool = False,
    ):
        self.alphas = check_scales("alphas", alphas)
        self.linear = check_boolean("linear", linear)

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        squares = squared_distances(x, y)
        parts = [
            ops.exp(-alpha * ops.log1p(squares / (2 * alpha)))
            for alpha in self.alphas
        ]
        if self.linear:
            x, y = (ops.cast(points, "float32") for points in (x, y))
            parts.append(ops.matmul(x, ops.transpose(y)))
        return sum(parts[1:], parts[0])

    def get_config(self) -> dict[str, Any]:
        return {"alphas": list(self.alphas), "linear": self.linear}
