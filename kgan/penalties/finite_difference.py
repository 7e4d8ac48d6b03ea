"""R1 by a finite difference: no second derivative."""

from typing import Any

import keras
from keras import ops

from kgan.arguments import check_finite
from kgan.penalties.penalty import Penalty
from kgan.schedules import Schedule

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class FiniteDifference(Penalty):
    """Penalises how much a little noise changes the logits of real samples.

        weight * E (D(x) - D(x + sigma * e))^2,  e standard normal

    This is `weight * sigma^2 * E |grad D(x)|^2` up to terms of fourth order
    in sigma. It approximates R1 with gamma = 2 * weight * sigma^2, without a
    second derivative. It works with layers that have none, and in bfloat16.

    Reference: Lin et al. 2025, "Diffusion Adversarial Post-Training for
    One-Step Video Generation", section 3.4.

    Args:
        weight: Number, at least 0, or a schedule of it.
        sigma: Number above 0, the standard deviation of the noise.
        name: Name of the log.

    Raises:
        ValueError: If an argument is not as above.

    Example:

    ```python
    gan = kgan.NonSaturatingGAN(
        generator, discriminator, penalties=[kgan.penalties.FiniteDifference()]
    )
    ```
    """

    draws_samples = True
    of_features = True

    def __init__(
        self,
        weight: float | Schedule = 100.0,
        sigma: float = 0.01,
        name: str = "finite_difference",
    ):
        super().__init__(weight, name)
        self.sigma = check_finite("sigma", sigma)
        if self.sigma <= 0:
            raise ValueError(
                f"`sigma` must be above 0. Received: sigma={sigma!r}"
            )

    def draw(self, random: Any, shape: tuple) -> Tensor:
        return random.normal(shape)

    def term(self, game: Any) -> Tensor:
        noisy = game.real + self.sigma * game.draws[self.name]
        return ops.mean(ops.square(game.real_logits - game.judge(noisy)))

    def get_config(self) -> dict:
        return {**super().get_config(), "sigma": self.sigma}
