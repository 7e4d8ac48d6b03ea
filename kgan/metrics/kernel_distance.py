"""The kernel distance of features: KID, with any extractor."""

from typing import Any

import keras
import numpy as np

from kgan.arguments import check_integer
from kgan.metrics.sample_metric import SampleMetric

# Rows of a kernel matrix at a time: 80 MB of it against 10,000 samples.
ROWS = 1_000


@keras.saving.register_keras_serializable(package="kgan")
class KernelDistance(SampleMetric):
    """Estimates the squared discrepancy under a cubic kernel, unbiased.

    `mean k(x, x') + mean k(y, y') - 2 mean k(x, y)` over pairs of different
    real samples x, of different fake ones y, and over all mixed pairs, with
    `k(x, y) = (x . y / dim + 1)^3`; then the mean over random subsets of both
    sets. With Inception features it is the kernel inception distance (KID).

    Its expectation is the distance of the distributions, 0 for equal ones,
    whatever the number of samples; so scores of equal distributions scatter
    around 0 and many are negative. Two copies of one set of n samples are no
    independent draws: all at once they score
    `-2 / n (mean k(x, x) - mean k(x, x'))`, which is never above 0. The
    kernel sees the first three moments, and no more of the distributions.

    Reference: Binkowski et al. 2018, "Demystifying MMD GANs"; Gretton et al.
    2012, "A Kernel Two-Sample Test", lemma 6.

    Args:
        features: Keras model, function of samples or `None` for the samples'
            own values; see `FrechetDistance`.
        num_subsets: Positive integer, subsets to average over.
        subset_size: Integer of at least 2, samples of each set in a subset,
            drawn without replacement; each set needs as many. `None` for one
            estimate on all samples, which may be more of one set than of the
            other; `num_subsets` then has no part.
        seed: Non-negative integer; the same seed draws the same subsets.
        num_samples: Positive integer: only the first so many samples of each
            set count. `None` for all; in `compile`, on TensorFlow and JAX,
            for the first 10,000, with a warning when more came.
        name: Name in the logs, `val_kernel_distance` by default.

    Raises:
        ValueError: If an argument is out of the range above, or the samples
            do not fit each other or the extractor, are fewer than
            `subset_size`, or not finite.

    Example:

    ```python
    random = np.random.default_rng(0)
    metric = kgan.metrics.KernelDistance(subset_size=None)
    metric.update_state(random.normal(size=1000), random.normal(size=1000) + 1)
    print(metric.result())  # 22 = 3 + 3 + 16 on average
    gan.compile(metrics=[kgan.metrics.KernelDistance(subset_size=500)])
    ```
    """

    default_name = "kernel_distance"

    def __init__(
        self,
        features: Any = None,
        num_subsets: int = 100,
        subset_size: int | None = 1_000,
        seed: int = 0,
        num_samples: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        if subset_size is not None:
            subset_size = check_integer("subset_size", subset_size, minimum=2)
        # The base asks for the fewest samples while it is made.
        self.subset_size = subset_size
        super().__init__(features, num_samples, name, **kwargs)
        self.num_subsets = check_integer("num_subsets", num_subsets)
        self.seed = check_integer("seed", seed, minimum=0, maximum=None)

    @property
    def required_samples(self) -> int:
        return 2 if self.subset_size is None else self.subset_size

    def _held(self, side: str) -> np.ndarray:
        size, count = self.subset_size, self._stores[side].seen()
        if size is not None and count < size:
            raise ValueError(
                f"KernelDistance draws subsets of subset_size={size:,} samples "
                f"of each set. Received: {count:,} {side} samples. Pass "
                "subset_size=None for one estimate on all samples, or a "
                "smaller subset_size, or bring more samples."
            )
        return super()._held(side)

    def compute(self, real: np.ndarray, fake: np.ndarray) -> float:
        size = self.subset_size
        # Subsets of the sets' own size are the sets themselves.
        if size is None or len(real) == len(fake) == size:
            return _squared_discrepancy(real, fake)
        random = np.random.default_rng(self.seed)
        scores = [
            _squared_discrepancy(
                random.choice(real, size, replace=False),
                random.choice(fake, size, replace=False),
            )
            for _ in range(self.num_subsets)
        ]
        return float(np.mean(scores))

    def get_config(self) -> dict:
        return super().get_config() | {
            "num_subsets": self.num_subsets,
            "subset_size": self.subset_size,
            "seed": self.seed,
        }


def _squared_discrepancy(real: np.ndarray, fake: np.ndarray) -> float:
    mixed = _kernel_sum(real, fake) / (len(real) * len(fake))
    return _mean_of_pairs(real) + _mean_of_pairs(fake) - 2 * mixed


def _mean_of_pairs(x: np.ndarray) -> float:
    """Mean kernel of two different samples of one set."""
    diagonal = ((x**2).mean(axis=1) + 1) ** 3
    return (_kernel_sum(x, x) - diagonal.sum()) / (len(x) * (len(x) - 1))


def _kernel_sum(x: np.ndarray, y: np.ndarray) -> float:
    from sklearn.metrics.pairwise import polynomial_kernel

    return sum(
        polynomial_kernel(x[start : start + ROWS], y, degree=3, coef0=1).sum()
        for start in range(0, len(x), ROWS)
    )
