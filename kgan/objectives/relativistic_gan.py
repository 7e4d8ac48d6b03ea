"""The relativistic GAN, real and generated samples in pairs."""

from typing import Any

import keras
from keras import ops

from kgan.adversarial import AdversarialModel
from kgan.game import Game

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class RelativisticGAN(AdversarialModel):
    """Asks which sample of a pair is the real one.

        D: E softplus(D(G(z)) - D(x))        G: E softplus(D(x) - D(G(z)))

    The generator's update takes a fresh real batch too, so a step takes
    `n_critic + 1` batches. For arguments and errors see
    `kgan.AdversarialModel`.

    Reference: Jolicoeur-Martineau 2018, "The relativistic discriminator",
    equations 4 and 5.

    Example:

    ```python
    generator = kgan.architectures.mlp_generator(output_dim=2, latent_dim=2)
    discriminator = kgan.architectures.mlp_discriminator(input_dim=2)
    gan = kgan.RelativisticGAN(generator, discriminator)
    gan.compile()
    gan.fit(kgan.data.ring_of_gaussians().sample(10_000), epochs=1)
    ```
    """

    short_name = "rgan"
    sign_decides = False
    generator_sees_real = True

    @staticmethod
    def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes `E softplus(D(G(z)) - D(x))`, pair by pair; scalar."""
        return ops.mean(ops.softplus(fake_logits - real_logits))

    def generator_objective(self, game: Game) -> Tensor:
        """Computes the same game with the roles swapped; scalar."""
        return self.discriminator_loss(game.fake_logits, game.real_logits)
