"""A penalty on the size of features."""

from typing import Any

import keras
from keras import ops

from kgan.penalties.penalty import Penalty
from kgan.schedules import Schedule

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class FeatureNorm(Penalty):
    """Keeps the discriminator's features, or logits, small.

        weight * (E mean_i h_i(x)^2 + E mean_i h_i(y)^2)

    for real x and generated y. The inner means are over the k features.
    A kernel is blind to features that are far apart.

    Reference: Binkowski et al. 2018, "Demystifying MMD GANs", and the authors'
    code, which takes the mean over features and includes hidden layers too.

    Args:
        weight: Number, at least 0, or a schedule of it.
        name: Name of the log.

    Raises:
        ValueError: If an argument is not as above.

    Example:

    ```python
    penalty = kgan.penalties.FeatureNorm(1.0)
    gan = kgan.MMDGAN(generator, features, penalties=[penalty])
    ```
    """

    of_features = True

    def __init__(
        self, weight: float | Schedule = 1.0, name: str = "feature_norm"
    ):
        super().__init__(weight, name)

    def term(self, game: Any) -> Tensor:
        of_real = ops.mean(ops.square(game.real_logits))
        return of_real + ops.mean(ops.square(game.fake_logits))
