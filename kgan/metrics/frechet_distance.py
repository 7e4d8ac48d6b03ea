"""The Frechet distance of features: FID, with any extractor."""

import keras
import numpy as np

from kgan.divergences import gaussian_wasserstein
from kgan.metrics.sample_metric import SampleMetric


@keras.saving.register_keras_serializable(package="kgan")
class FrechetDistance(SampleMetric):
    """Computes the squared Frechet distance of Gaussians of the features.

    `|m_r - m_f|^2 + tr(S_r + S_f - 2 (S_r S_f)^1/2)` with the means m and the
    covariances S (divided by n - 1) of the real and the fake features. With
    Inception features it is the Frechet inception distance (FID). It is
    biased upwards: sets of one distribution score above 0, by an amount that
    falls as 1/n and depends on the generator, so compare scores of the same
    numbers of samples only (Chong and Forsyth 2020).

    Reference: Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update
    Rule Converge to a Local Nash Equilibrium", equation 6; Dowson and Landau
    1982 for the formula.

    Args:
        features: Keras model, samples `(batch, ...)` to features
            `(batch, dim)` (the first output, or the one named "features", of
            a model with several); or a function of samples, of `keras.ops` or
            of NumPy arrays; or `None` for the samples' own values.
        num_samples: Positive integer: only the first so many samples of each
            set count. `None` for all; in `compile`, on TensorFlow and JAX,
            for the first 10,000, with a warning when more came.
        name: Name in the logs, `val_frechet_distance` by default.

    Raises:
        ValueError: If the samples do not fit each other or the extractor, or
            are fewer than 2, or not finite.

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
