"""A generator against the best linear discriminator of fixed features."""

import math
from typing import Any

import keras
from keras import ops

from kgan.arguments import check_positive
from kgan.game import Game
from kgan.objectives.matching import MatchingModel

Tensor = Any
# Steps of Newton's method. Each takes the best of the lengths 1, 1/2, 1/4 ...
STEPS = 15
LENGTHS = tuple(0.5**power for power in range(8))


@keras.saving.register_keras_serializable(package="kgan")
class LinearDualingGAN(MatchingModel):
    """Plays a generator against the best linear discriminator.

    Each update takes a real batch x and a generated batch g, of n samples
    each. Newton's method finds the weights w of their best discriminator
    `sigmoid(w . x)` inside the compiled step. They minimise

        P = C/2 |w|^2 + (sum_i sp(-w . x_i) + sum_j sp(w . g_j)) / (2n)

    where sp is softplus. The generator maximises `min P`. This is the maximum
    of the dual Q of `kgan.divergences.linear_game(x, g, 2n C)`, divided by
    2n. Its gradient by a generated sample is `sigmoid(w . g_j) w / (2n)`. It
    is logged as `dual_estimate`, and is at most log 2.

    `kgan.DualingGAN` without a discriminator makes this model.

    Reference: Li et al. 2017, "Dualing GANs", section 3.

    Args:
        generator, features, seed, name: See `kgan.GMMN`. A feature that is
            always 1 gives the discriminator a bias.
        C: Positive finite number, the cost of the discriminator's weights.
        **parts: `average`, as in `kgan.AdversarialModel`.

    Raises:
        ValueError: If the networks do not fit each other or an argument is
            out of range.

    Example:

    ```python
    generator = kgan.architectures.mlp_generator(output_dim=2, latent_dim=2)
    samples = keras.Input((2,))
    features = keras.Model(samples, keras.layers.Dense(64, "tanh")(samples))
    gan = kgan.DualingGAN(generator, features=features, C=0.01)
    gan.compile()
    gan.fit(kgan.data.ring_of_gaussians().sample(2_000), epochs=1)
    ```
    """

    estimate_name = "dual_estimate"
    estimate_mode = "max"
    estimate_limit: tuple[float, str] | None = (math.log(2), "log 2")

    def __init__(
        self,
        generator: keras.Model,
        features: keras.Model | None = None,
        C: float = 1.0,
        seed: int | None = None,
        name: str | None = None,
        **parts: Any,
    ):
        C = check_positive("C", C)
        super().__init__(generator, features, seed, name, **parts)
        self.C = C

    def generator_objective(self, game: Game) -> Tensor:
        """Computes -P of the best discriminator; scalar."""
        return -self.estimate_objective(game)

    def estimate_objective(self, game: Game) -> Tensor:
        """Computes P of the best discriminator; scalar."""
        return game.once("primal", lambda: self._least(game))

    def _least(self, game: Game) -> Tensor:
        # The loss is the same softplus of both once the real ones are turned.
        points = ops.concatenate([-self.rows(game.real), self.rows(game.fake)])
        weights = self._best_weights(ops.stop_gradient(points))
        # At the minimum a change of the weights changes nothing.
        return self._primal(weights, points)[0]

    def _best_weights(self, points: Tensor) -> Tensor:
        """Finds the weights of the best discriminator, `(dim, 1)`, constant."""
        num = ops.cast(ops.shape(points)[0], "float32")
        weights = ops.zeros((self.row_length, 1))
        ridge = self.C * ops.eye(self.row_length)
        lengths = ops.reshape(ops.array(LENGTHS, "float32"), (1, -1))
        for _ in range(STEPS):
            shares = ops.sigmoid(ops.matmul(points, weights))
            transposed = ops.transpose(points)
            slope = self.C * weights + ops.matmul(transposed, shares) / num
            spread = shares * (1 - shares) * points
            curvature = ridge + ops.matmul(transposed, spread) / num
            step = ops.solve(curvature, slope)
            tried = weights - lengths * step
            best = ops.argmin(self._primal(tried, points))
            weights = ops.take(tried, best, axis=1)[:, None]
        return ops.stop_gradient(weights)

    def _primal(self, weights: Tensor, points: Tensor) -> Tensor:
        """Computes P of each column of weights."""
        logits = ops.matmul(points, weights)
        cost = self.C / 2 * ops.sum(ops.square(weights), axis=0)
        return cost + ops.mean(ops.softplus(logits), axis=0)

    def default_optimizer(self, name: str) -> keras.optimizers.Optimizer:
        """Returns Adam(1e-3)."""
        return keras.optimizers.Adam(1e-3, name=name)

    def get_config(self) -> dict:
        return {**super().get_config(), "C": self.C}
