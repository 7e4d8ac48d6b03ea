"""The GAN with the least-squares loss."""

from typing import Any

import keras
from keras import ops

from kgan.adversarial import AdversarialModel

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class LeastSquaresGAN(AdversarialModel):
    """Has the discriminator regress on labels: 1 for real, 0 for generated.

        D: (E (D(x) - 1)^2 + E D(G(z))^2) / 2     G: E (D(G(z)) - 1)^2 / 2

    The best discriminator is p / (p + q), as in `kgan.GAN`. For arguments and
    errors see `kgan.AdversarialModel`.

    Reference: Mao et al. 2017, "Least Squares Generative Adversarial
    Networks", equation 9.

    Example:

    ```python
    generator = kgan.architectures.mlp_generator(output_dim=2, latent_dim=2)
    discriminator = kgan.architectures.mlp_discriminator(input_dim=2)
    gan = kgan.LeastSquaresGAN(generator, discriminator)
    gan.compile()
    gan.fit(kgan.data.ring_of_gaussians().sample(10_000), epochs=1)
    ```
    """

    short_name = "lsgan"
    sign_decides = False

    @staticmethod
    def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes `(E (D(x) - 1)^2 + E D(G(z))^2) / 2`; scalar."""
        real_term = ops.mean(ops.square(real_logits - 1.0))
        return (real_term + ops.mean(ops.square(fake_logits))) / 2

    @staticmethod
    def generator_loss(fake_logits: Tensor) -> Tensor:
        """Computes `E (D(G(z)) - 1)^2 / 2`; scalar."""
        return ops.mean(ops.square(fake_logits - 1.0)) / 2
