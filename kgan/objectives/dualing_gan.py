"""The dualing GAN: the discriminator's side of the game, in its dual."""

from typing import Any

import keras
from keras import ops

from kgan.adversarial import AdversarialModel
from kgan.arguments import check_integer, check_positive, shown
from kgan.game import Game
from kgan.objectives.linear_dualing_gan import LinearDualingGAN
from kgan.objectives.multipliers import (
    ascended,
    entropy,
    link,
    sigmoids,
    through_weights,
)
from kgan.second_derivatives import check_second_derivatives

Tensor = Any
LINEARISATIONS = ("score", "cost")
# Arguments that a game against a linear discriminator lacks.
OF_NETWORKS = ("n_critic", "linearisation", "radius", "dual_steps")


@keras.saving.register_keras_serializable(package="kgan")
class DualingGAN(AdversarialModel):
    """Plays the dualing GAN: both players maximise one function.

    Finding the discriminator's best answer within a trust region around its
    weights w is a problem whose dual is a maximum. The generator raises that
    maximum too, so the game has no saddle point. All sums are divided by 2n,
    for n samples of either kind. This keeps learning rates and C independent
    of the batch size. F are the logits, x the real samples, g the generated
    ones and H the entropy. With

        S(l, m) = (sum_i l_i F(x_i) - sum_j m_j F(g_j)) / (2n)

    the game depends on the linearisation:

    - `"score"` treats the logits as linear in a step s of the weights, at a
      cost of C/2 |s|^2. Each update finds multipliers l, m in (0, 1) that
      maximise

          Q = -1/(2C) |grad_w S|^2 - S + (sum_i H(l_i) + sum_j H(m_j)) / (2n)

      It takes `dual_steps` steps of steepest ascent in the multipliers'
      logits, from `l = sigmoid(-F(x))` and `m = sigmoid(F(g))`. Each step has
      the length that would be best if Q were a parabola. The generator
      maximises Q. The discriminator follows the link `s = grad_w S / C`: its
      optimizer maximises S. Both hold l and m constant. Gradient descent with
      the rate 1/C takes the whole step s.
    - `"cost"` treats the discriminator's loss f, half of that of `GAN`, as
      linear, and allows steps of at most `radius`. The generator maximises
      `f - radius |grad_w f|` and the discriminator minimises f.

    The log `dual_estimate` is what the generator maximises. It is log 2 when
    no discriminator within reach tells the samples apart. It is less when one
    does, and more when those within reach are wrong. On several replicas the
    model trains with KERAS_BACKEND=jax only, because its loss is not a mean
    over samples.

    Without a discriminator, `DualingGAN(generator, features=network)` plays
    against the best linear discriminator of fixed features. Each update finds
    it exactly; see `kgan.divergences.linear_game`. The model is then a
    `kgan.objectives.linear_dualing_gan.LinearDualingGAN`, and its arguments
    are `C`, `features`, `seed`, `name` and `average`.

    Reference: Li, Schwing, Wang and Zemel 2017, "Dualing GANs", sections 3
    and 4. The steps, the rates and the form of the means are kgan's.

    Args:
        generator, discriminator, n_critic, seed, name: See `kgan.GAN`. The
            generator's update takes one more real batch.
        C: Positive finite number, the cost of a step. `C` of
            `kgan.divergences.linear_game` is 2n times as large.
        linearisation: `"score"` or `"cost"`.
        radius: Positive finite number. Used only with `"cost"`.
        dual_steps: Positive integer. Used only with `"score"`.
        **parts: `penalties`, `augmentation` and `average`, as in
            `kgan.AdversarialModel`. Penalties apply to the discriminator's
            update only.

    Raises:
        ValueError: If an argument is out of range, or a layer of the
            discriminator has no second derivative.

    Example:

    ```python
    generator = kgan.architectures.mlp_generator(output_dim=2, latent_dim=2)
    discriminator = kgan.architectures.mlp_discriminator(input_dim=2)
    gan = kgan.DualingGAN(generator, discriminator, C=10.0)
    gan.compile()
    gan.fit(kgan.data.ring_of_gaussians().sample(2_000), epochs=1)
    ```
    """

    short_name = "dualing"
    estimate_name = "dual_estimate"
    estimate_mode = "max"
    generator_sees_real = True
    is_mean_over_samples = False

    def __new__(
        cls,
        generator: Any,
        discriminator: Any = None,
        *arguments: Any,
        **options: Any,
    ):
        has_discriminator = discriminator is not None
        refused = ("features",) if has_discriminator else OF_NETWORKS
        for name in refused:
            if name in options:
                raise ValueError(
                    f"`{name}` is of a game with{'out' * has_discriminator} "
                    f"a `discriminator`. Received: {name}="
                    f"{shown(options[name])} with discriminator="
                    f"{shown(discriminator)}. Leave one of them out."
                )
        if has_discriminator:
            return super().__new__(cls, generator, discriminator, **options)
        return LinearDualingGAN(generator, *arguments, **options)

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        n_critic: int = 1,
        C: float = 1.0,
        linearisation: str = "score",
        radius: float = 0.1,
        dual_steps: int = 10,
        seed: int | None = None,
        name: str | None = None,
        **parts: Any,
    ):
        if linearisation not in LINEARISATIONS:
            raise ValueError(
                '`linearisation` must be "score" or "cost". Received: '
                f"linearisation={shown(linearisation)}"
            )
        C = check_positive("C", C)
        radius = check_positive("radius", radius)
        check_integer("dual_steps", dual_steps)
        super().__init__(
            generator, discriminator, n_critic, seed, name, **parts
        )
        check_second_derivatives(
            f"{type(self).__name__} differentiates the discriminator twice, "
            "by its weights and by the samples",
            discriminator,
        )
        self.C, self.radius = C, radius
        self.linearisation = linearisation
        self.dual_steps = dual_steps

    @staticmethod
    def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes f, half the discriminator's loss of `GAN`; scalar."""
        real_term = ops.mean(ops.softplus(-real_logits))
        return (real_term + ops.mean(ops.softplus(fake_logits))) / 2

    @staticmethod
    def generator_loss(fake_logits: Tensor) -> Tensor:
        """Computes the generator's part of -f, with no answer; scalar."""
        return -ops.mean(ops.softplus(fake_logits)) / 2

    def discriminator_objective(self, game: Game) -> Tensor:
        """Computes -S at the multipliers, or f with `"cost"`; scalar."""
        if self.linearisation == "cost":
            return super().discriminator_objective(game)
        angles = self.multiplier_logits(game)
        return -link(game, *sigmoids(angles))

    def generator_objective(self, game: Game) -> Tensor:
        """Computes minus what the generator maximises; scalar."""
        weights = [variable.value for variable in self.judging_variables]
        if self.linearisation == "score":
            return -self.dual(game, weights, self.multiplier_logits(game))
        f, squared = through_weights(
            game, weights, super().discriminator_objective
        )
        # The root has no slope at 0.
        return self.radius * ops.sqrt(ops.maximum(squared, 1e-12)) - f

    def estimate_objective(self, game: Game) -> Tensor:
        """Computes what the generator maximises; scalar."""
        return -self.generator_objective(game)

    def dual(self, game: Game, weights: list, angles: list) -> Tensor:
        """Computes Q; scalar.

        Args:
            game: The game of one update.
            weights: The discriminator's weights, as tensors.
            angles: Logits of l and of m, each `(batch, 1)`.
        """
        S, squared = through_weights(
            game, weights, lambda judged: link(judged, *sigmoids(angles))
        )
        return -squared / (2 * self.C) - S + sum(map(entropy, angles)) / 2

    def multiplier_logits(self, game: Game) -> list:
        """Returns the logits of the multipliers l and m, as constants.

        The first call in an update finds them; later calls reuse them.
        """
        return game.once("multiplier_logits", lambda: ascended(self, game))

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "C": self.C,
            "linearisation": self.linearisation,
            "radius": self.radius,
            "dual_steps": self.dual_steps,
        }
