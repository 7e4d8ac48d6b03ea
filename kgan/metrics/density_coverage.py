"""Density and coverage: precision and recall that outliers do not fool."""

from typing import Any

import keras
import numpy as np

from kgan.arguments import check_integer
from kgan.metrics.neighbours import inside, squared_radii
from kgan.metrics.sample_metric import SampleMetric


@keras.saving.register_keras_serializable(package="kgan")
class DensityCoverage(SampleMetric):
    """Counts fakes per ball around real samples, and balls with a fake.

    Each real sample has a ball that reaches its k-th nearest neighbour in the
    real set, not counting itself. Density is the number of balls that hold a
    fake sample, divided by k and averaged over the fakes. It is above 1 when
    fakes crowd where real samples do. Coverage, in [0, 1], is the share of
    balls that hold at least one fake sample. Only real samples have balls, so
    the generator's outliers count for little.

    For two sets of one distribution, density is 1 on average. With n samples
    of each, coverage is `1 - (n - 1)...(n - k) / ((2n - 1)...(2n - k))` on
    average. This is about `1 - 2^-k`, 0.97 for k = 5. Coverage grows with the
    number of fakes per real sample, so compare scores only for the same
    numbers.

    As in the authors' code the balls are open. A set compared with itself
    therefore has density 1 unless there are ties. Here a ball holds its
    centre even if copies of it make the radius 0, so the coverage of such a
    set is 1.

    10,000 samples of each set take seconds with 64 features, and a minute or
    two with 2,048. They take less than 400 MB in addition to the features.

    Reference: Naeem et al. 2020, "Reliable Fidelity and Diversity Metrics for
    Generative Models", section 3.

    Args:
        features: Keras model, function of samples, or `None` for the raw
            values of the samples; see `FrechetDistance`.
        k: Positive integer, the neighbour that a ball reaches. The paper
            takes 5.
        num_samples: Integer of at least k + 1, or `None` for all. Only the
            first `num_samples` samples of each set count. In `compile`, on
            TensorFlow and JAX, `None` uses the first 10,000 and warns if there
            are more.
        name: Name; the results are `density` and `coverage`, or
            `{name}_density` and `{name}_coverage`.

    Raises:
        ValueError: If an argument is out of the range above, or if the
            samples do not fit each other or the extractor, are fewer than
            k + 1, or are not finite.

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
        # The base class asks for the fewest samples in its constructor.
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
