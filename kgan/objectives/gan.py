"""The minimax game."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from kgan.adversarial import AdversarialModel
from kgan.arguments import check_number
from kgan.penalties import Penalty

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class GAN(AdversarialModel):
    """Plays the minimax game, with its saturating generator loss.

    The discriminator D = sigmoid(logits) maximises the value of the game

        V(D, G) = E log D(x) + E log(1 - D(G(z)))

    and the generator minimises its second term. At the best discriminator V
    is `2 * JSD(real, fake) - 2 log 2`. The log
    `jsd_estimate = (V + 2 log 2) / 2` follows from this. It is in nats, from
    0 to log 2 = 0.693 for a perfect discriminator. When the discriminator
    wins, the generator's gradient vanishes (Arjovsky & Bottou 2017, theorem
    2.4). `NonSaturatingGAN` avoids this.

    Reference: Goodfellow et al. 2014, "Generative Adversarial Networks",
    equation 1 and algorithm 1.

    Args:
        generator: Keras model, float32 latents `(batch, latent_dim)` to
            samples `(batch, ...)`; images are NHWC in [-1, 1].
        discriminator: Keras model, samples to logits `(batch, 1)`; linear
            output.
        n_critic: Positive integer. Discriminator updates per generator
            update, k in the paper, each on a fresh real batch.
        class_prior: Float in (0, 1) or `None`. Probability pi of the label
            "real". The real term of the discriminator's loss gets the weight
            pi and the fake term 1 - pi. `None` gives both the weight 1, as in
            the paper's V (twice the loss at pi = 0.5).
        seed: Integer or `None`. Seeds the latents and the shuffling of
            arrays. It does not seed the networks' first weights: for those,
            call `keras.utils.set_random_seed` before you build the networks.
            `None` draws a seed, which that call makes reproducible too.
        name: Optional name of the model.
        penalties: Penalties of `kgan.penalties` on the discriminator.
        **parts: `augmentation`, `average` and `packing`, as in
            `kgan.AdversarialModel`.

    Raises:
        ValueError: If the networks do not fit each other or an argument is
            out of range.

    Example:

    ```python
    generator = kgan.architectures.mlp_generator(output_dim=2, latent_dim=2)
    discriminator = kgan.architectures.mlp_discriminator(input_dim=2)
    gan = kgan.GAN(generator, discriminator)
    gan.compile()
    gan.fit(kgan.data.ring_of_gaussians().sample(10_000), epochs=1)
    ```
    """

    short_name = "gan"
    estimate_name = "jsd_estimate"
    # Reached if real and generated samples have nothing in common.
    estimate_limit = (math.log(2.0), "log 2")

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        n_critic: int = 1,
        class_prior: float | None = None,
        seed: int | None = None,
        name: str | None = None,
        *,
        penalties: Sequence[Penalty] = (),
        **parts: Any,
    ):
        if class_prior is not None:
            class_prior = check_number(
                "class_prior",
                class_prior,
                "a number strictly between 0 and 1, or None for the usual "
                "equal weights",
                lambda prior: 0 < prior < 1,
            )
        super().__init__(
            generator,
            discriminator,
            n_critic,
            seed,
            name,
            penalties=penalties,
            **parts,
        )
        self.class_prior = class_prior
        self.loss_arguments = {"class_prior": class_prior}

    @staticmethod
    def discriminator_loss(
        real_logits: Tensor,
        fake_logits: Tensor,
        class_prior: float | None = None,
    ) -> Tensor:
        """Computes -V, the cross-entropy of real against fake; scalar.

        `-log sigmoid(a) = softplus(-a)` and `-log(1 - sigmoid(a)) =
        softplus(a)` stay finite for any logits.
        """
        real_term = ops.mean(ops.softplus(-real_logits))
        fake_term = ops.mean(ops.softplus(fake_logits))
        if class_prior is None:
            return real_term + fake_term
        return class_prior * real_term + (1 - class_prior) * fake_term

    @staticmethod
    def generator_loss(fake_logits: Tensor) -> Tensor:
        """Computes `E log(1 - D(G(z)))`, which saturates; scalar."""
        return -ops.mean(ops.softplus(fake_logits))

    @staticmethod
    def estimate(
        real_logits: Tensor,
        fake_logits: Tensor,
        class_prior: float | None = None,
    ) -> Tensor:
        """Computes a lower bound of the Jensen-Shannon divergence; scalar.

        The bound is in nats. With a prior pi it bounds the divergence that
        Lin (1991) weighs by (pi, 1 - pi). It is then the entropy of the label
        minus the cross-entropy.
        """
        prior = 0.5 if class_prior is None else class_prior
        label_entropy = -prior * math.log(prior) - (1 - prior) * math.log(
            1 - prior
        )
        return label_entropy - GAN.discriminator_loss(
            real_logits, fake_logits, prior
        )

    def get_config(self) -> dict:
        return {**super().get_config(), "class_prior": self.class_prior}
