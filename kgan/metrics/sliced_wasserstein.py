"""The sliced Wasserstein distance: sorted projections onto random lines."""

import math
from typing import Any

import keras
import numpy as np

from kgan.arguments import check_integer, check_number
from kgan.metrics.sample_metric import SampleMetric

# Projected values held at a time, of each set: 130 MB in float64.
BLOCK = 2**24


@keras.saving.register_keras_serializable(package="kgan")
class SlicedWasserstein(SampleMetric):
    """Computes the Wasserstein distance of random projections.

    It is `(mean over directions u of W_p(<u, real>, <u, fake>)^p)^(1/p)`. Each
    distance on the line is exact. It is computed by sorting, or by quantiles
    if the sets differ in number. The directions are Gaussian draws divided by
    their lengths. For p = 2 a shift by v scores `|v| / sqrt(dim)`, on average
    over directions, while the Wasserstein distance is |v|. The metric takes
    `O(n log n)`. It is biased upwards by about `n^(-1/2)` in any dimension, so
    compare scores only for the same number of samples and the same seed. For
    images at several scales, use `PyramidSlicedWasserstein`.

    Reference: Rabin et al. 2012, "Wasserstein Barycenter and Its Application
    to Texture Mixing", section 3; Bonneel et al. 2015, "Sliced and Radon
    Wasserstein Barycenters of Measures", definition 7.

    Args:
        features: See `FrechetDistance`.
        num_projections: Positive integer, the number of directions. They are
            the rows of
            `np.random.default_rng(seed).normal(size=(num_projections, dim))`,
            divided by their lengths.
        order: Finite number, at least 1: the p above.
        seed: Non-negative integer. Seeds the directions.
        num_samples: Positive integer, or `None` for all. Only the first
            `num_samples` samples of each set count. In `compile`, on TensorFlow
            and JAX, `None` uses the first 10,000 and warns if there are more.
        name: Name in the logs, `val_sliced_wasserstein` by default.

    Raises:
        ValueError: If an argument is not in the range above, or if the
            samples do not fit each other or the extractor, or are not finite.

    Example:

    ```python
    random = np.random.default_rng(0)
    real = random.normal(size=(1000, 2))
    metric = kgan.metrics.SlicedWasserstein(order=2)
    metric.update_state(real, real + [3.0, 4.0])
    print(metric.result())  # about 3.5: 5 / sqrt(2)
    gan.compile(metrics=[kgan.metrics.SlicedWasserstein()])
    ```
    """

    default_name = "sliced_wasserstein"

    def __init__(
        self,
        features: Any = None,
        num_projections: int = 512,
        order: float = 1,
        seed: int = 0,
        num_samples: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(features, num_samples, name, **kwargs)
        self.num_projections = check_integer("num_projections", num_projections)
        check_number(
            "order",
            order,
            "a finite number of at least 1, such as 1 or 2",
            lambda order: 1 <= order < math.inf,
        )
        self.order = order
        self.seed = check_integer("seed", seed, minimum=0, maximum=None)

    @property
    def required_samples(self) -> int:
        return 1

    def compute(self, real: np.ndarray, fake: np.ndarray) -> float:
        directions = random_directions(
            self.num_projections, real.shape[1], self.seed
        )
        block = max(1, BLOCK // max(len(real), len(fake)))
        distances = [
            distances_on_lines(some @ real.T, some @ fake.T, self.order)
            for some in np.split(
                directions, range(block, self.num_projections, block)
            )
        ]
        return _power_mean(np.concatenate(distances), self.order)

    def get_config(self) -> dict:
        return super().get_config() | {
            "num_projections": self.num_projections,
            "order": self.order,
            "seed": self.seed,
        }


def random_directions(
    num: int, dim: int, seed: int | np.random.Generator
) -> np.ndarray:
    """Draws unit vectors `(num, dim)`, uniform on the sphere."""
    normals = np.random.default_rng(seed).normal(size=(num, dim))
    return normals / np.linalg.norm(normals, axis=1, keepdims=True)


def distances_on_lines(
    x: np.ndarray, y: np.ndarray, order: float
) -> np.ndarray:
    """Computes `W_order` of each row of x `(num, n)` and y `(num, m)`.

    Sorts both in place.
    """
    x.sort(axis=1)
    y.sort(axis=1)
    n, m = x.shape[1], y.shape[1]
    if n == m:
        return _power_mean(np.abs(x - y), order)
    # Both quantile functions jump at multiples of 1 / n and 1 / m; counted in
    # units of 1 / (n m), so that no two of them differ by rounding only.
    jumps = np.union1d(m * np.arange(1, n + 1), n * np.arange(1, m + 1))
    shares = np.diff(jumps, prepend=0) / (n * m)
    lengths = np.abs(x[:, (jumps - 1) // m] - y[:, (jumps - 1) // n])
    return _power_mean(lengths, order, shares)


def _power_mean(
    lengths: np.ndarray, order: float, shares: np.ndarray | None = None
) -> Any:
    """Computes `(mean of lengths^order)^(1 / order)` over the last axis."""
    if order == 1:
        return np.average(lengths, axis=-1, weights=shares)
    longest = lengths.max(axis=-1, keepdims=True)
    # Relative to the longest, so that no power overflows or vanishes.
    longest = np.where(longest > 0, longest, 1.0)
    mean = np.average((lengths / longest) ** order, axis=-1, weights=shares)
    return longest[..., 0] * mean ** (1 / order)
