"""The game with the generator loss that does not saturate."""

from typing import Any

import keras
from keras import ops

from kgan.objectives.gan import GAN

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class NonSaturatingGAN(GAN):
    """Has the generator maximise `E log D(G(z))`.

    The discriminator plays the game of `GAN`. The generator's loss has the
    same fixed point. Its gradient stays strong where the discriminator
    rejects the samples, but has a larger variance (Arjovsky & Bottou 2017,
    theorem 2.6). For arguments, logs and errors see `GAN`.

    Reference: Goodfellow et al. 2014, "Generative Adversarial Networks",
    section 3.

    Example:

    ```python
    generator = kgan.architectures.mlp_generator(output_dim=2, latent_dim=2)
    discriminator = kgan.architectures.mlp_discriminator(input_dim=2)
    gan = kgan.NonSaturatingGAN(generator, discriminator)
    gan.compile()
    gan.fit(kgan.data.ring_of_gaussians().sample(10_000), epochs=1)
    ```
    """

    short_name = "nsgan"

    @staticmethod
    def generator_loss(fake_logits: Tensor) -> Tensor:
        """Computes `-E log D(G(z))`; scalar."""
        return ops.mean(ops.softplus(-fake_logits))
