"""Maximum mean discrepancy under Gaussian kernels, and its test."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from kgan.arguments import check_integer, numbers_of, shown
from kgan.metrics.sample_metric import SampleMetric

# Factors of the median distance, so that the mixture sees fine and coarse.
SCALES = (0.25, 0.5, 1.0, 2.0, 4.0)

# Samples used to estimate the median distance: 2 million pairs.
MEDIAN_SAMPLES = 2_000

# Entries of the kernel matrix at a time: 80 MB.
ENTRIES = 10_000_000

# Squares of others underflow or overflow.
SMALLEST, LARGEST = 1e-150, 1e150

# Sums of a matrix in another order differ by rounding only. Kernels are at most
# 1.
TIE = 1e-12


@keras.saving.register_keras_serializable(package="kgan")
class MaximumMeanDiscrepancy(SampleMetric):
    """Estimates the squared discrepancy without bias, and tests it.

    The estimate is `mean k(x, x') + mean k(y, y') - 2 mean k(x, y)`. The means
    are over pairs of different real samples x, pairs of different fake samples
    y, and all mixed pairs. k is the mean over the bandwidths s of
    `exp(-|x - y|^2 / (2 s^2))`. The expected score is the squared discrepancy
    of the distributions. That is in [0, 2], and 0 only for equal
    distributions, whose scores scatter around 0, so many are negative. Two
    copies of one set of n samples are not independent draws. They score
    `-2 / n (1 - mean k(x, x'))`.

    The p-value tests that "both sets are draws of one distribution". It is
    `(1 + b) / (1 + num_permutations)`, where b counts the random divisions of
    the pooled samples that score at least as much. It is at least
    `1 / (1 + num_permutations)`. For equal distributions it falls below a
    level no more often than the level says, whatever the kernel. A small
    p-value says that the sets differ, but not by how much: with enough samples
    every generator gets one.

    The results are named `maximum_mean_discrepancy` and
    `maximum_mean_discrepancy_p_value`, or `mmd` and `mmd_p_value` with
    `name="mmd"`.

    The kernel matrix of the pooled samples would take 3.2 GB for 10,000 of
    each set. It is computed in blocks of 80 MB and never held as a whole. The
    time grows with the square of the number of samples. For a score after
    every epoch, pass `num_samples=2_000`, which takes a twenty-fifth.

    Reference: Gretton et al. 2012, "A Kernel Two-Sample Test", lemma 6;
    Phipson and Smyth 2010, "Permutation P-values Should Never Be Zero".

    Args:
        features: Keras model, function of samples, or `None` for the raw
            values of the samples; see `FrechetDistance`.
        bandwidths: Positive numbers, in the units of the features. `None`
            takes 1/4, 1/2, 1, 2 and 4 times the median distance of two pooled
            samples, or of 2,000 random ones if there are more. Pass numbers
            to compare scores, because the median differs between sets.
        num_permutations: Positive integer.
        seed: Non-negative integer. The same seed gives the same p-value.
        num_samples: Positive integer, or `None` for all. Only the first
            `num_samples` samples of each set count. In `compile`, on TensorFlow
            and JAX, `None` uses the first 10,000 and warns if there are more.
        name: Name of the discrepancy, as above.

    Raises:
        ValueError: If an argument is out of the range above, or if the
            samples do not fit each other or the extractor, are fewer than 2,
            or are not finite.

    Example:

    ```python
    random = np.random.default_rng(0)
    metric = kgan.metrics.MaximumMeanDiscrepancy(bandwidths=[1.0])
    metric.update_state(random.normal(size=1000), random.normal(size=1000) + 1)
    print(metric.result())  # about 0.18 = 2 / 3^(1/2) (1 - exp(-1/6)), 1/201
    gan.compile(metrics=[kgan.metrics.MaximumMeanDiscrepancy()])
    ```
    """

    default_name = "maximum_mean_discrepancy"
    result_names = (
        "maximum_mean_discrepancy",
        "maximum_mean_discrepancy_p_value",
    )

    def __init__(
        self,
        features: Any = None,
        bandwidths: Sequence[float] | None = None,
        num_permutations: int = 200,
        seed: int = 0,
        num_samples: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(features, num_samples, name, **kwargs)
        self.bandwidths = _checked(bandwidths)
        self.num_permutations = check_integer(
            "num_permutations", num_permutations
        )
        self.seed = check_integer("seed", seed, minimum=0, maximum=None)

    def compute(self, real: np.ndarray, fake: np.ndarray) -> dict[str, float]:
        random = np.random.default_rng(self.seed)
        pooled = np.concatenate([real, fake])
        # Subtracted first: far from 0, distances would lose digits.
        pooled -= pooled.mean(axis=0)
        bandwidths = self.bandwidths
        if bandwidths is None:
            # Of random samples, whichever set each is from: else the test is
            # not exact.
            some = random.permutation(len(pooled))[:MEDIAN_SAMPLES]
            middle = _median_distance(pooled[some])
            bandwidths = tuple(scale * middle for scale in SCALES)
        is_real = np.arange(len(pooled)) < len(real)
        divisions = np.empty((len(pooled), 1 + self.num_permutations))
        divisions[:, 0] = is_real
        for column in range(1, 1 + self.num_permutations):
            divisions[:, column] = random.permutation(is_real)
        observed, *others = _discrepancies(pooled, divisions, bandwidths)
        at_least = np.sum(np.array(others) >= observed - TIE)
        p_value = (1 + at_least) / (1 + self.num_permutations)
        return dict(zip(self.result_names, (observed, p_value), strict=True))

    def _key(self, name: str) -> str:
        return name.replace(self.default_name, self.name)

    def get_config(self) -> dict:
        return super().get_config() | {
            "bandwidths": self.bandwidths and list(self.bandwidths),
            "num_permutations": self.num_permutations,
            "seed": self.seed,
        }


def _discrepancies(
    pooled: np.ndarray, divisions: np.ndarray, bandwidths: Sequence[float]
) -> np.ndarray:
    """Computes squared discrepancies, one for each column of `divisions`.

    Args:
        pooled: `(num, dim)`.
        divisions: `(num, num_divisions)`, 1 for a real sample, 0 for a fake.
        bandwidths: Positive numbers.
    """
    from sklearn.metrics.pairwise import euclidean_distances

    num, num_real = len(pooled), divisions[:, 0].sum()
    num_fake = num - num_real
    # Sums of the kernel over pairs: both real, at least one real, all.
    both = np.zeros(divisions.shape[1])
    first = np.zeros(divisions.shape[1])
    total = 0.0
    rows = max(1, ENTRIES // num)
    for start in range(0, num, rows):
        block = slice(start, start + rows)
        squared = euclidean_distances(pooled[block], pooled, squared=True)
        kernel = np.zeros_like(squared)
        for bandwidth in bandwidths:
            kernel += np.exp(squared / (-2 * bandwidth**2))
        kernel /= len(bandwidths)
        # A sample is not a pair with itself.
        within = np.arange(len(kernel))
        kernel[within, start + within] = 0
        both += np.sum(divisions[block] * (kernel @ divisions), axis=0)
        first += kernel.sum(axis=1) @ divisions[block]
        total += kernel.sum()
    mixed = first - both
    fakes = total - both - 2 * mixed
    return (
        both / (num_real * (num_real - 1))
        + fakes / (num_fake * (num_fake - 1))
        - 2 * mixed / (num_real * num_fake)
    )


def _median_distance(samples: np.ndarray) -> float:
    """Takes the median of pairs that differ if more than half do not."""
    from scipy.spatial.distance import pdist

    distances = pdist(samples)
    middle = np.median(distances)
    if not middle and distances.any():
        middle = np.median(distances[distances > 0])
    return float(middle) or 1.0


def _checked(bandwidths: Any) -> tuple[float, ...] | None:
    if bandwidths is None:
        return None
    values = numbers_of(bandwidths)
    if not values or not all(SMALLEST < x < LARGEST for x in values):
        raise ValueError(
            "`bandwidths` must be a list of positive numbers, or None for "
            f"multiples of the median distance, from {SMALLEST} to {LARGEST}. "
            f"Received: bandwidths={shown(bandwidths)}"
        )
    return tuple(values)
