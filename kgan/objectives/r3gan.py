"""R3GAN: the paired relativistic loss with R1 and R2."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from kgan.objectives.relativistic_gan import RelativisticGAN
from kgan.penalties import R1, R2, Penalty
from kgan.schedules import Schedule


@keras.saving.register_keras_serializable(package="kgan")
class R3GAN(RelativisticGAN):
    """Plays `RelativisticGAN` with R1 and R2, both in every update.

    Reference: Huang et al. 2024, "The GAN is dead; long live the GAN!",
    section 2.

    Args:
        generator, discriminator, n_critic, seed, name: See `GAN`.
        gamma: Number, at least 0, or a schedule of it, for both R1 and R2.
            The authors go from 0.05 to 0.005 on CIFAR-10, and from 2 to 0.2
            on faces of 64 pixels.
        penalties: More penalties.
        **parts: `augmentation`, `average` and `packing`, as in
            `kgan.AdversarialModel`.

    Example:

    ```python
    gan = kgan.R3GAN(generator, discriminator, gamma=1.0)
    ```
    """

    short_name = "r3gan"
    default_arguments: Mapping[str, Any] = {"gamma": 1.0}

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *arguments: Any,
        gamma: float | Schedule,
        penalties: Sequence[Penalty] = (),
        **parts: Any,
    ):
        parts["penalties"] = [R1(gamma), R2(gamma), *penalties]
        super().__init__(generator, discriminator, *arguments, **parts)
        self.gamma = gamma

    def default_optimizer(self, name: str) -> keras.optimizers.Optimizer:
        """Returns the authors' Adam(2e-4, 0, 0.99, 1e-8)."""
        return keras.optimizers.Adam(
            2e-4, beta_1=0.0, beta_2=0.99, epsilon=1e-8, name=name
        )

    def get_config(self) -> dict:
        config = super().get_config()
        gamma = config["penalties"][0]["config"]["gamma"]
        return {**config, "gamma": gamma, "penalties": config["penalties"][2:]}
