"""The unrolled GAN: a generator that looks some steps ahead."""

from collections.abc import Mapping
from typing import Any

import keras

from kgan import backend
from kgan.arguments import check_integer
from kgan.game import Game
from kgan.inner_descent import (
    AdamDescent,
    GradientDescent,
    check_plain_adam,
    check_rate,
)
from kgan.objectives.gan import GAN
from kgan.second_derivatives import check_second_derivatives

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class UnrolledGAN(GAN):
    """Has the generator play against the discriminator's answer.

    The generator's update first trains a copy of the discriminator's weights
    w. It minimises the discriminator's loss L for k steps, all on the same
    real and generated samples:

        w_0 = w,    w_{j+1} = w_j - rate * grad L(w_j)

    The generator then maximises L at w_k. It includes the real term, which
    depends on the generator through w_k. The gradient passes through all k
    steps. Then w_k is thrown away. The discriminator's updates are those of
    `GAN`, which is this game without inner steps. A generator's update passes
    k + 1 times as often through the discriminator.

    The inner steps minimise only the loss. Penalties, clips and the losses of
    layers apply only to the discriminator's updates. Several replicas work on
    JAX only, because the inner steps use the whole batch.

    Reference: Metz et al. 2017, "Unrolled Generative Adversarial Networks",
    equations 7 to 10; their code for `"adam"` and the default optimizers.

    Args:
        generator, discriminator, n_critic, class_prior, seed, name: See
            `GAN`.
        unroll_steps: Positive integer, the k above.
        unroll_rate: Number above 0, the rate of the inner steps. With
            `"adam"` it may be `None`, which takes the rate of the
            discriminator's optimizer.
        unroll_optimizer: `"sgd"` for plain descent, or `"adam"` for the
            update of the discriminator's Adam. As in the authors' code, it
            starts from that optimizer's moments and step.
        **parts: `penalties`, `augmentation`, `average` and `packing`, as in
            `kgan.AdversarialModel`.

    Raises:
        ValueError: If an argument is out of range, or a layer of the
            discriminator has no second derivative.

    Example:

    ```python
    generator = kgan.architectures.mlp_generator(output_dim=2, latent_dim=2)
    discriminator = kgan.architectures.mlp_discriminator(input_dim=2)
    gan = kgan.UnrolledGAN(generator, discriminator, unroll_optimizer="adam")
    gan.compile()
    gan.fit(kgan.data.ring_of_gaussians().sample(2_000), epochs=1)
    ```
    """

    short_name = "unrolled"
    generator_sees_real = True
    is_mean_over_samples = False
    default_arguments: Mapping[str, Any] = {"unroll_optimizer": "adam"}

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *arguments: Any,
        unroll_steps: int = 5,
        unroll_rate: float | None = None,
        unroll_optimizer: str = "sgd",
        **parts: Any,
    ):
        unroll_steps = check_integer("unroll_steps", unroll_steps)
        unroll_rate = check_rate(unroll_rate, unroll_optimizer)
        super().__init__(generator, discriminator, *arguments, **parts)
        check_second_derivatives(
            f"{type(self).__name__} differentiates the discriminator twice, "
            "through its inner steps",
            discriminator,
        )
        self.unroll_steps = unroll_steps
        self.unroll_rate = unroll_rate
        self.unroll_optimizer = unroll_optimizer

    def generator_objective(self, game: Game) -> Tensor:
        """Computes -L at the unrolled weights; scalar."""

        def inner_loss(weights):
            return self.discriminator_objective(game.with_critic(weights)), ()

        variables = self.judging_variables
        weights = [variable.value for variable in variables]
        unrolled = game.with_critic(weights)
        descent = self._descent(variables)
        for _ in range(self.unroll_steps):
            _, gradients = backend.value_and_gradients(
                inner_loss, weights, again=True
            )
            weights = descent.step(weights, gradients)
            unrolled = game.with_critic(weights)
        return -self.discriminator_objective(unrolled)

    def _descent(self, variables: list) -> AdamDescent | GradientDescent:
        if self.unroll_optimizer == "adam":
            optimizer = self.discriminator_optimizer
            return AdamDescent(optimizer, variables, self.unroll_rate)
        return GradientDescent(self.unroll_rate or 0.0)

    def default_optimizer(self, name: str) -> keras.optimizers.Optimizer:
        """Returns the authors' Adam: 1e-3, or 1e-4 for the discriminator."""
        rate = 1e-4 if name == "discriminator_optimizer" else 1e-3
        return keras.optimizers.Adam(rate, 0.5, epsilon=1e-8, name=name)

    def check_optimizers(
        self,
        generator_optimizer: keras.optimizers.Optimizer,
        discriminator_optimizer: keras.optimizers.Optimizer,
    ) -> None:
        if self.unroll_optimizer == "adam":
            check_plain_adam(discriminator_optimizer)

    def make_test_function(self, force: bool = False) -> Any:
        # On JAX, Keras passes no optimizer to an evaluation. Compiled, it holds
        # the moments and the rate as constants.
        holds = self.unroll_optimizer == "adam"
        jax = keras.backend.backend() == "jax"
        return super().make_test_function(force or (holds and jax))

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "unroll_steps": self.unroll_steps,
            "unroll_rate": self.unroll_rate,
            "unroll_optimizer": self.unroll_optimizer,
        }
