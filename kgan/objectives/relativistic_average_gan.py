"""The relativistic average GAN."""

from typing import Any

import keras
from keras import ops

from kgan.objectives.relativistic_gan import RelativisticGAN

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class RelativisticAverageGAN(RelativisticGAN):
    """Asks whether a sample is more real than the others are.

        D: (E softplus(m_fake - D(x)) + E softplus(D(G(z)) - m_real)) / 2

    where m is the mean of the batch's logits. The generator's loss is the
    same with the roles swapped. Several replicas work on JAX only, because
    the mean is over the whole batch. For arguments and errors see
    `kgan.AdversarialModel`.

    Reference: Jolicoeur-Martineau 2018, "The relativistic discriminator",
    section 4.2, halved as in the code in common use.

    Example:

    ```python
    generator = kgan.architectures.mlp_generator(output_dim=2, latent_dim=2)
    discriminator = kgan.architectures.mlp_discriminator(input_dim=2)
    gan = kgan.RelativisticAverageGAN(generator, discriminator)
    gan.compile()
    gan.fit(kgan.data.ring_of_gaussians().sample(10_000), epochs=1)
    ```
    """

    short_name = "ragan"
    is_mean_over_samples = False

    @staticmethod
    def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes the halved loss above; scalar."""
        above_fake = real_logits - ops.mean(fake_logits)
        above_real = fake_logits - ops.mean(real_logits)
        real_term = ops.mean(ops.softplus(-above_fake))
        return (real_term + ops.mean(ops.softplus(above_real))) / 2
