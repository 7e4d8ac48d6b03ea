"""Density and coverage: precision and recall that outliers do not fool."""

from typing import Any

import keras
import numpy as np

from kgan.arguments import check_integer
from kgan.metrics.neighbours import inside, squared_radii
from kgan.metrics.sample_metric import SampleMetric


@keras.saving.register_keras_serializable(package="kgan")
class DensityCoverage(SampleMetric):
    """Counts fakes per ball around real samples, and balls with one.

    Each real sample has a ball that reaches its k-th nearest neighbour in the
    real set, itself not counted. Density is the number of balls that hold a
    fake sample, divided by k, on average over the fakes: above 1 where fakes
    crowd where real samples do. Coverage, in [0, 1], is the share of balls
    that hold a fake sample at all. Balls are made around real samples only,
    so that outliers of the generator count for little.

    For two sets of one distribution density is 1 on average, and coverage,
    for n samples of each, `1 - (n - 1)...(n - k) / ((2n - 1)...(2n - k))`:
    about `1 - 2^-k`, 0.97 for k = 5. Coverage grows with the number of fakes
    for each real sample, so compare scores of the same numbers.

    As in the authors' code the balls are open, so that a set compared with
    itself has density 1 unless there are ties; here they hold their centre
    even where copies of it make the radius 0, and its coverage is 1.

    10,000 samples of each set take seconds with 64 features, a minute or two
    with 2,048, and less than 400 MB besides the features.

    Reference: Naeem et al. 2020, "Reliable Fidelity and Diversity Metrics for
    Generative Models", section 3.

    Args:
        features: Keras model, function of samples or `None` for the samples'
            own values; see `FrechetDistance`.
        k: Positive integer, the neighbour that a ball reaches; the paper's 5.
        num_samples: Integer of at least k + 1: only the first so many samples
            of each set count. `None` for all; in `compile`, on TensorFlow and
            JAX, for the first 10,000, with a warning when more came.
        name: Name; the results are `density` and `coverage`, or
            `{name}_density` and `{name}_coverage`.

    Raises:
        ValueError: If an argument is out of the range above, or the samples
            do not fit each other or the extractor, are fewer than k + 1, or
            not finite.

    Example:

    ```python
    random = np.random.default_rng(0)
    metric = kgan.metrics.DensityCoverage()
    real, fake = random.uniform(size=(2, 1000, 2))
    metric.update_state(real, fake * [0.5, 1.0])
    print(metric.result())  # density near 1, coverage near 1/2
    gan.compile(metrics=[kgan.metrics.DensityCoverage(features=classifier)])
    ```
    """

    default_name = "density_coverage"
    result_names = ("density", "coverage")

    def __init__(
        self,
        features: Any = None,
        k: int = 5,
        num_samples: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        # The base asks for the fewest samples while it is made.
        self.k = check_integer("k", k)
        super().__init__(features, num_samples, name, **kwargs)

    @property
    def required_samples(self) -> int:
        return self.k + 1

    def compute(self, real: np.ndarray, fake: np.ndarray) -> dict[str, float]:
        per_ball = np.zeros(len(real), "int64")
        for some in inside(
            fake, real, squared_radii(real, self.k), closed=False
        ):
            per_ball += some.sum(axis=0)
        return {
            "density": per_ball.sum() / (self.k * len(fake)),
            "coverage": np.mean(per_ball > 0),
        }

    def get_config(self) -> dict:
        return super().get_config() | {"k": self.k}
