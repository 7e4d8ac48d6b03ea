"""The GAN with the hinge loss."""

from typing import Any

import keras
from keras import ops

from kgan.adversarial import AdversarialModel

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class HingeGAN(AdversarialModel):
    """Plays the geometric game, whose discriminator stops at a margin.

        D: E relu(1 - D(x)) + E relu(1 + D(G(z)))        G: -E D(G(z))

    The best discriminator is sign(p - q), and its loss is 2 (1 - TV(p, q)).
    For arguments and errors see `kgan.AdversarialModel`.

    Reference: Lim & Ye 2017, "Geometric GAN", equations 14 and 15; Miyato et
    al. 2018, equations 16 and 17.

    Example:

    ```python
    generator = kgan.architectures.mlp_generator(output_dim=2, latent_dim=2)
    discriminator = kgan.architectures.mlp_discriminator(input_dim=2)
    gan = kgan.HingeGAN(generator, discriminator)
    gan.compile()
    gan.fit(kgan.data.ring_of_gaussians().sample(10_000), epochs=1)
    ```
    """

    short_name = "hinge"

    @staticmethod
    def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes `E relu(1 - D(x)) + E relu(1 + D(G(z)))`; scalar."""
        real_term = ops.mean(ops.relu(1.0 - real_logits))
        return real_term + ops.mean(ops.relu(1.0 + fake_logits))

    @staticmethod
    def generator_loss(fake_logits: Tensor) -> Tensor:
        """Computes `-E D(G(z))`; scalar."""
        return -ops.mean(fake_logits)
