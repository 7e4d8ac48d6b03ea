"""Zero-centred gradient penalties at real and at generated samples."""

from typing import Any

import keras
from keras import ops

from kgan.penalties.penalty import Penalty, squared_norms
from kgan.schedules import Schedule

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class R1(Penalty):
    """Penalises the discriminator's slope at real samples.

        gamma / 2 * E |grad D(x)|^2

    where D are the logits and x is real. With this penalty the game converges
    near its equilibrium. A Wasserstein GAN with clipped weights circles there.

    Reference: Mescheder, Geiger & Nowozin 2018, "Which Training Methods for
    GANs do actually Converge?", equation 9.

    Args:
        gamma: Number, at least 0, or a schedule of it. Half of it is the
            weight, as in StyleGAN2 and R3GAN. The authors' `reg_param` is
            gamma / 2.
        name: Name of the log.

    Raises:
        ValueError: If `gamma` is neither.

    Example:

    ```python
    gan = kgan.NonSaturatingGAN(
        generator, discriminator, penalties=[kgan.penalties.R1(0.1)]
    )
    ```
    """

    weight_argument = "gamma"
    needs_input_gradients = True

    def __init__(self, gamma: float | Schedule, name: str = "r1"):
        super().__init__(gamma, name)

    def points(self, game: Any) -> list[Tensor]:
        return [game.real]

    def term(self, game: Any) -> Tensor:
        return ops.mean(squared_norms(game.input_gradients(game.real))) / 2


@keras.saving.register_keras_serializable(package="kgan")
class R2(Penalty):
    """Penalises the discriminator's slope at generated samples.

        gamma / 2 * E |grad D(G(z))|^2

    Reference: Mescheder, Geiger & Nowozin 2018, "Which Training Methods for
    GANs do actually Converge?", section 4.1.

    Args:
        gamma: Number, at least 0, or a schedule of it, as in `R1`.
        name: Name of the log.

    Raises:
        ValueError: If `gamma` is neither.

    Example:

    ```python
    both = [kgan.penalties.R1(0.1), kgan.penalties.R2(0.1)]
    gan = kgan.NonSaturatingGAN(generator, discriminator, penalties=both)
    ```
    """

    weight_argument = "gamma"
    needs_input_gradients = True

    def __init__(self, gamma: float | Schedule, name: str = "r2"):
        super().__init__(gamma, name)

    def points(self, game: Any) -> list[Tensor]:
        return [game.fake]

    def term(self, game: Any) -> Tensor:
        return ops.mean(squared_norms(game.input_gradients(game.fake))) / 2
