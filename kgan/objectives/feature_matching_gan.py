"""The GAN that matches means of features."""

from typing import Any

import keras
from keras import ops

from kgan.arguments import shown
from kgan.game import Game
from kgan.objectives.feature_gan import FeatureGAN

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class FeatureMatchingGAN(FeatureGAN):
    """Has the generator match the mean of the real features.

        G: |E h(x) - E h(G(z))|_2^2

    where h is the input of the discriminator's last layer, flattened. The
    discriminator trains as in `GAN`. Several replicas work on JAX only.

    Reference: Salimans et al. 2016, "Improved Techniques for Training GANs",
    section 3.1. The distance `"l1"` is that of StudioGAN.

    Args:
        generator, discriminator, n_critic, class_prior, seed, name: See
            `GAN`; the discriminator's last layer must not be a nested model.
        distance: `"squared_l2"`, the sum of squared differences, or `"l1"`,
            the mean over features of the absolute differences.
        **parts: `penalties`, `augmentation`, `average` and `packing`, as in
            `kgan.AdversarialModel`.

    Raises:
        ValueError: If an argument is out of range, or the discriminator has
            no features.

    Example:

    ```python
    generator = kgan.architectures.mlp_generator(output_dim=2, latent_dim=2)
    discriminator = kgan.architectures.mlp_discriminator(input_dim=2)
    gan = kgan.FeatureMatchingGAN(generator, discriminator)
    gan.compile()
    gan.fit(kgan.data.ring_of_gaussians().sample(2_000), epochs=1)
    ```
    """

    short_name = "fmgan"

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *arguments: Any,
        distance: str = "squared_l2",
        **parts: Any,
    ):
        if not isinstance(distance, str) or distance not in (
            "squared_l2",
            "l1",
        ):
            raise ValueError(
                '`distance` must be "squared_l2" or "l1". Received: '
                f"distance={shown(distance)}"
            )
        super().__init__(generator, discriminator, *arguments, **parts)
        self.distance = distance

    def feature_loss(self, real: Tensor, fake: Tensor, game: Game) -> Tensor:
        apart = ops.mean(real, axis=0) - ops.mean(fake, axis=0)
        if self.distance == "l1":
            return ops.mean(ops.abs(apart))
        return ops.sum(ops.square(apart))

    def get_config(self) -> dict:
        return {**super().get_config(), "distance": self.distance}
