"""The gradient penalty of MMD-GANs."""

from typing import Any

import keras
from keras import ops

from kgan.penalties.gradient_penalty import GradientPenalty
from kgan.penalties.penalty import Penalty
from kgan.schedules import Schedule

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class WitnessPenalty(GradientPenalty):
    """Pulls the slope of the witness function of `kgan.MMDGAN` to 1.

        weight * E (|grad w(t)| - 1)^2,  t = e * real + (1 - e) * fake
        w(t) = mean over j of k(h(t), h(x_j)) - k(h(t), h(y_j))

    where e is uniform in [0, 1), drawn for each sample. Here h are the
    features, k is the model's kernel, x the real batch and y the generated
    batch.

    Reference: Binkowski et al. 2018, "Demystifying MMD GANs", section 2.3.

    Args:
        weight: Number, at least 0, or a schedule of it. The paper takes 1.
        name: Name of the log.

    Raises:
        ValueError: If an argument is not as above, or the model's
            discriminator returns logits.

    Example:

    ```python
    gan = kgan.MMDGAN(
        generator,
        features,
        unbiased=True,
        penalties=[kgan.penalties.WitnessPenalty(1.0)],
    )
    ```
    """

    of_logits = False
    of_features = True
    is_mean_over_samples = False

    def __init__(
        self, weight: float | Schedule = 1.0, name: str = "witness_penalty"
    ):
        super().__init__(weight, name=name)

    def points(self, game: Any) -> list[Tensor]:
        del game
        # They share no pass with penalties on gradients of features.
        return []

    def _slopes(self, game: Any) -> Tensor:
        kernel = game.model.kernel
        real, fake = game.real_logits, game.fake_logits

        def witness(features: Tensor) -> Tensor:
            likely = ops.mean(kernel(features, real), axis=1)
            return likely - ops.mean(kernel(features, fake), axis=1)

        return game.gradients_through(witness, self._between(game))

    def get_config(self) -> dict:
        return Penalty.get_config(self)
