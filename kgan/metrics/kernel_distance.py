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
    """Estimates the squared discrepancy under a cubic kernel without bias.

    The estimate is `mean k(x, x') + mean k(y, y') - 2 mean k(x, y)`, with
    `k(x, y) = (x . y / dim + 1)^3`. The means are over pairs of different real
    samples x, pairs of different fake samples y, and all mixed pairs. The
    score is the mean of this over random subsets of both sets. With Inception
    features it is the kernel inception distance (KID).

    The expected score is the distance of the distributions, whatever the
    number of samples. It is 0 for equal distributions, whose scores scatter
    around 0, so many are negative. Two copies of one set of n samples are not
    independent draws. Scored all at once, they give
    `-2 / n (mean k(x, x) - mean k(x, x'))`, which is never above 0. The
    kernel sees only the first three moments of the distributions.

    Reference: Binkowski et al. 2018, "Demystifying MMD GANs"; Gretton et al.
    2012, "A Kernel Two-Sample Test", lemma 6.

    Args:
        features: Keras model, function of samples, or `None` for the raw
            values of the samples; see `FrechetDistance`.
        num_subsets: Positive integer, the number of subsets to average over.
        subset_size: Integer of at least 2, or `None`. A subset has this many
            samples of each set, drawn without replacement, so each set needs
            as many. `None` makes one estimate on all samples, where one set
            may be larger. It ignores `num_subsets`.
        seed: Non-negative integer. The same seed draws the same subsets.
        num_samples: Positive integer, or `None` for all. Only the first
            `num_samples` samples of each set count. In `compile`, on TensorFlow
            and JAX, `None` uses the first 10,000 and warns if there are more.
        name: Name in the logs, `val_kernel_distance` by default.

    Raises:
        ValueError: If an argument is out of the range above, or if the
            samples do not fit each other or the extractor, are fewer than
            `subset_size`, or are not finite.

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
        # The base class asks for the fewest samples in its constructor.
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
    """Computes the mean kernel of two different samples of one set."""
    diagonal = ((x**2).mean(axis=1) + 1) ** 3
    return (_kernel_sum(x, x) - diagonal.sum()) / (len(x) * (len(x) - 1))


def _kernel_sum(x: np.ndarray, y: np.ndarray) -> float:
    from sklearn.metrics.pairwise import polynomial_kernel

    return sum(
        polynomial_kernel(x[start : start + ROWS], y, degree=3, coef0=1).sum()
        for start in range(0, len(x), ROWS)
    )
