"""R3GAN: the paired relativistic loss with R1 and R2."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from kgan.objectives.relativistic_gan import RelativisticGAN
from kgan.penalties import R1, R2, Penalty
from kgan.schedules import Schedule


@keras.saving.register_keras_serializable(package="kgan")
class R3GAN(RelativisticGAN):
    """The `RelativisticGAN` with R1 and R2, both in every update.

    Reference: Huang et al. 2024, "The GAN is dead; long live the GAN!",
    section 2.

    Args:
        generator, discriminator, n_critic, seed, name: As of `GAN`.
        gamma: Number, at least 0, or a schedule of it: of R1 and of R2. The
            authors go from 0.05 to 0.005 on CIFAR-10, from 2 to 0.2 on faces
            of 64 pixels.
        penalties: More penalties.
        **parts: `augmentation` and `average`, as of `kgan.AdversarialModel`.

    Raises:
        ValueError: If the networks do not fit each other or the penalties, or
            an argument is out of range.

    Example:

    ```python
    generator = kgan.architectures.mlp_generator(output_dim=2, latent_dim=2)
    discriminator = kgan.architectures.mlp_discriminator(input_dim=2)
    gan = kgan.R3GAN(generator, discriminator, gamma=1.0)
    gan.compile()
    gan.fit(kgan.data.ring_of_gaussians().sample(10_000), epochs=1)
    ```
    """

    short_name = "r3gan"
    # Between the authors' 0.05 for small photographs and 2 for faces.
    default_arguments: Mapping[str, Any] = {"gamma": 1.0}

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        n_critic: int = 1,
        seed: int | None = None,
        name: str | None = None,
        *,
        gamma: float | Schedule,
        penalties: Sequence[Penalty] = (),
        **parts: Any,
    ):
        super().__init__(
            generator,
            discriminator,
            n_critic,
            seed,
            name,
            penalties=[R1(gamma), R2(gamma), *penalties],
            **parts,
        )
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
