"""The Wasserstein GAN."""

import warnings
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from kgan.adversarial import AdversarialModel
from kgan.layers import SpectralNormalization
from kgan.layers.nested import all_layers
from kgan.penalties import Penalty

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class WGAN(AdversarialModel):
    """Plays the Wasserstein GAN, Algorithm 1 of its paper.

    The critic f maximises `E f(x) - E f(G(z))`, logged as
    `wasserstein_estimate`. Over all K-Lipschitz functions its maximum is K
    times the Wasserstein-1 distance of real and fake (Kantorovich-Rubinstein).
    K depends on the critic and on the clip value, so do not compare estimates
    of different critics or clip values. To bound the Lipschitz constant, pass
    `kgan.callbacks.WeightClip` to `fit`.

    Reference: Arjovsky et al. 2017, "Wasserstein Generative Adversarial
    Networks", equations 2 and 3 and algorithm 1.

    Args:
        generator: Keras model, float32 latents `(batch, latent_dim)` to
            samples `(batch, ...)`; images are NHWC in [-1, 1].
        critic: Keras model, samples to scores `(batch, 1)`; linear output.
        n_critic: Positive integer. Critic updates per generator update, each
            on a fresh real batch.
        seed: Integer or `None`. Seeds the latents and the shuffling of
            arrays. It does not seed the networks' first weights: for those,
            call `keras.utils.set_random_seed` before you build the networks.
            `None` draws a seed, which that call makes reproducible too.
        name: Optional name of the model.
        penalties: Penalties of `kgan.penalties` on the critic.
        **parts: `augmentation`, `average` and `packing`, as in
            `kgan.AdversarialModel`.

    Raises:
        ValueError: If the networks do not fit each other or an argument is
            out of range.

    Example:

    ```python
    generator = kgan.architectures.mlp_generator(output_dim=2, latent_dim=2)
    critic = kgan.architectures.mlp_discriminator(input_dim=2)
    gan = kgan.WGAN(generator, critic)
    gan.compile()
    gan.fit(
        kgan.data.ring_of_gaussians().sample(10_000),
        epochs=1,
        callbacks=[kgan.callbacks.WeightClip(0.01)],
    )
    ```
    """

    short_name = "wgan"
    sign_decides = False
    estimate_name = "wasserstein_estimate"
    default_clip_value: float | None = 0.01

    def __init__(
        self,
        generator: keras.Model,
        critic: keras.Model,
        n_critic: int = 5,
        seed: int | None = None,
        name: str | None = None,
        *,
        penalties: Sequence[Penalty] = (),
        **parts: Any,
    ):
        super().__init__(
            generator,
            critic,
            n_critic,
            seed,
            name,
            penalties=penalties,
            **parts,
        )
        self._warned = False

    @property
    def critic(self) -> keras.Model:
        """The discriminator, by its name in the paper."""
        return self.discriminator

    @staticmethod
    def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes `E f(G(z)) - E f(x)`; scalar."""
        return ops.mean(fake_logits) - ops.mean(real_logits)

    @staticmethod
    def generator_loss(fake_logits: Tensor) -> Tensor:
        """Computes `-E f(G(z))`; scalar."""
        return -ops.mean(fake_logits)

    @staticmethod
    def estimate(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes `E f(x) - E f(G(z))`, K times the distance; scalar."""
        return ops.mean(real_logits) - ops.mean(fake_logits)

    def default_optimizer(self, name: str) -> keras.optimizers.Optimizer:
        """Returns RMSprop(5e-5) as the authors ran it.

        PyTorch's RMSprop divides by `sqrt(v) + 1e-8`, and Keras's by
        `sqrt(v + epsilon)`. With a clip of 0.01 the critic's gradients are
        about 1e-5. Keras's default epsilon of 1e-7 would then outweigh v and
        stall the training. `epsilon=1e-16` and `rho=0.99` match the authors'
        code.
        """
        return keras.optimizers.RMSprop(
            5e-5, rho=0.99, epsilon=1e-16, name=name
        )

    def check_constraints(self) -> None:
        """Warns once when nothing bounds the critic's Lipschitz constant."""
        bounded = (
            self.clip_value is not None
            or any(p.needs_input_gradients for p in self.penalties)
            or any(v.constraint for v in self.critic.trainable_variables)
            or any(
                isinstance(
                    layer,
                    (keras.layers.SpectralNormalization, SpectralNormalization),
                )
                for layer in all_layers(self.critic)
            )
        )
        if not bounded and not self._warned:
            self._warned = True
            warnings.warn(
                "WGAN trains without a bound on its critic's Lipschitz "
                "constant, so its loss is no distance and may diverge. Pass "
                "`callbacks=[kgan.callbacks.WeightClip(0.01)]` to `fit`.",
                stacklevel=2,
            )

    def get_config(self) -> dict:
        config = super().get_config()
        config["critic"] = config.pop("discriminator")
        return config
