"""Multipliers of the dualing GAN's score linearisation, by ascent.

Li, Schwing, Wang and Zemel 2017, "Dualing GANs", section 4.
"""

from collections.abc import Callable
from typing import Any

from keras import ops

from kgan import backend
from kgan.game import Game

Tensor = Any


def ascended(model: Any, game: Game) -> list:
    """Returns the logits of multipliers that make a model's dual large.

    Args:
        model: A `kgan.DualingGAN`.
        game: The game of one update.

    Returns:
        Logits of l and of m, each `(batch, 1)`, as constants.
    """
    weights = [ops.stop_gradient(v.value) for v in model.judging_variables]
    # No gradient flows through this to the player who asks.
    fixed = game.with_critic(weights)
    fixed.detach()
    angles = [-fixed.real_logits, fixed.fake_logits]
    for _ in range(model.dual_steps):
        _, slopes = backend.value_and_gradients(
            lambda angles: (model.dual(fixed, weights, angles), ()), angles
        )
        length = _best_length(model, fixed, weights, angles, slopes)
        angles = [
            ops.stop_gradient(angle + length * slope)
            for angle, slope in zip(angles, slopes, strict=True)
        ]
    return [ops.stop_gradient(angle) for angle in angles]


def _best_length(
    model: Any, game: Game, weights: list, angles: list, slopes: list
) -> Tensor:
    """Finds the best step up `slopes`, taking the dual for a parabola."""
    shares = [share * (1 - share) for share in sigmoids(angles)]
    moves = [a * b for a, b in zip(shares, slopes, strict=True)]
    _, squared = through_weights(
        game, weights, lambda judged: link(judged, *moves)
    )
    of_entropy = [a * b for a, b in zip(moves, slopes, strict=True)]
    samples = ops.cast(2 * ops.shape(game.real)[0], "float32")
    curvature = squared / model.C + _total(of_entropy) / samples
    rise = _total([ops.square(slope) for slope in slopes])
    return rise / ops.maximum(curvature, 1e-30)


def through_weights(
    game: Game, weights: list, function: Callable[[Game], Tensor]
) -> tuple[Tensor, Tensor]:
    """Returns a function's value and the squared norm of its gradient.

    Args:
        game: The game of one update.
        weights: The discriminator's weights, as tensors. The gradient is by
            these.
        function: Takes the game as a discriminator of other weights judges
            it.
    """
    (value, _), gradients = backend.value_and_gradients(
        lambda values: (function(game.with_critic(values)), ()),
        weights,
        again=True,
    )
    found = [ops.square(g) for g in gradients if g is not None]
    return value, _total(found)


def link(game: Game, real_shares: Tensor, fake_shares: Tensor) -> Tensor:
    """Computes S, half the difference of weighted mean logits; scalar."""
    real_term = ops.mean(real_shares * game.real_logits)
    return (real_term - ops.mean(fake_shares * game.fake_logits)) / 2


def sigmoids(angles: list) -> list:
    """Turns logits into multipliers."""
    return [ops.sigmoid(angle) for angle in angles]


def entropy(angle: Tensor) -> Tensor:
    """Computes the mean of `H(sigmoid(angle))`; scalar."""
    return ops.mean(ops.softplus(angle) - angle * ops.sigmoid(angle))


def _total(tensors: list) -> Tensor:
    return sum((ops.sum(tensor) for tensor in tensors), ops.zeros(()))
