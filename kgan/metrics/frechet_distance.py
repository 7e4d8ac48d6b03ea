"""The Frechet distance of features: FID, with any extractor."""

import keras
import numpy as np

from kgan.divergences import gaussian_wasserstein
from kgan.metrics.sample_metric import SampleMetric


@keras.saving.register_keras_serializable(package="kgan")
class FrechetDistance(SampleMetric):
    """Computes the squared Frechet distance of Gaussians fitted to features.

    It is `|m_r - m_f|^2 + tr(S_r + S_f - 2 (S_r S_f)^1/2)`, with the means m
    and the covariances S (divided by n - 1) of the real and the fake features.
    With Inception features it is the Frechet inception distance (FID). It is
    biased upwards: sets of one distribution score above 0. The bias falls as
    1/n and depends on the generator, so compare scores only for the same
    number of samples (Chong and Forsyth 2020).

    Reference: Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update
    Rule Converge to a Local Nash Equilibrium", equation 6; Dowson and Landau
    1982 for the formula.

    Args:
        features: Keras model, samples `(batch, ...)` to features
            `(batch, dim)`; or a function of samples, of `keras.ops` or of
            NumPy arrays; or `None` for the raw values of the samples. If a
            model has several outputs, the one named "features" counts, or
            else the first.
        num_samples: Positive integer, or `None` for all. Only the first
            `num_samples` samples of each set count. In `compile`, on TensorFlow
            and JAX, `None` uses the first 10,000 and warns if there are more.
        name: Name in the logs, `val_frechet_distance` by default.

    Raises:
        ValueError: If the samples do not fit each other or the extractor, are
            fewer than 2, or are not finite.

    Example:

    ```python
    random = np.random.default_rng(0)
    metric = kgan.metrics.FrechetDistance()
    metric.update_state(random.normal(size=(1000, 2)), np.zeros((1000, 2)))
    print(metric.result())  # about 2: tr(S_r)
    gan.compile(metrics=[kgan.metrics.FrechetDistance(features=classifier)])
    ```
    """

    default_name = "frechet_distance"

    def compute(self, real: np.ndarray, fake: np.ndarray) -> float:
        moments = [
            moment
            for features in (real, fake)
            for moment in (
                features.mean(axis=0),
                np.atleast_2d(np.cov(features, rowvar=False)),
            )
        ]
        return gaussian_wasserstein(*moments) ** 2
