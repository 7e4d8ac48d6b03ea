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

    In the generator's update the discriminator's weights go down its loss L
    for k steps, with the same real and generated samples in each:

        w_0 = w,    w_{j+1} = w_j - rate * grad L(w_j)

    The generator goes up L at w_k, the real term too, which depends on it by
    w_k; its gradient passes through all k steps. Then w_k is thrown away,
    and the discriminator's own updates are those of `GAN`, which is the game
    without inner steps. An update takes k + 1 times as many passes through
    the discriminator.

    The inner steps go down the loss alone: penalties, clips and the layers'
    own losses are of the discriminator's own updates. Several replicas are
    refused but on JAX, as the inner steps are of the whole batch.

    Reference: Metz et al. 2017, "Unrolled Generative Adversarial Networks",
    equations 7 to 10; their code for `"adam"` and the default optimizers.

    Args:
        generator, discriminator, n_critic, class_prior, seed, name: As of
            `GAN`.
        unroll_steps: Positive integer, k.
        unroll_rate: Number above 0, the rate of the inner steps. With
            `"adam"` it may be `None`, for the rate of the discriminator's
            optimizer.
        unroll_optimizer: `"sgd"`, plain descent; or `"adam"`, the update of
            the discriminator's own Adam, which begins at its moments and
            step, as in the authors' code.
        **parts: `penalties`, `augmentation`, `average` and `packing`, as of
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
        """Returns the authors' Adam, 1e-3 of the generator, 1e-4 against."""
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
        # On JAX, Keras gives an evaluation no optimizer: a compiled one holds
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
