"""One update of one player."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from kgan import backend
from kgan.game import Game
from kgan.iterations import iterated
from kgan.layer_losses import add_losses
from kgan.logs import REAL_SIGN

Tensor = Any
Logs = dict[str, Tensor]


def update_discriminator(model: Any, game: Game) -> Logs:
    """Takes one step of the discriminator's optimizer.

    Args:
        model: A compiled model.
        game: The update's game.

    Returns:
        `discriminator_loss` with all that was minimised, the objective's
        estimate, each penalty by its name, and what the augmentation logs;
        scalars.
    """
    game.detach()
    with iterated(*model.judges):
        logs = _minimize(
            model,
            "discriminator_loss",
            lambda: _discriminator_loss(model, game),
            model.discriminator_optimizer,
            model.judging_variables,
        )
    return model.progress.watch(logs, game.draws)


def update_generator(model: Any, game: Game) -> Logs:
    """Takes one step of the generator's optimizer.

    Args:
        model: A compiled model.
        game: The update's game.

    Returns:
        `generator_loss`, and the estimate of an objective without a
        discriminator; scalars.
    """

    def loss_and_logs():
        # With two players the discriminator's update has the estimate.
        logs = {} if model.judges else model.estimates(game)
        return generator_loss(model, game), logs

    with iterated(*model.makers):
        return _minimize(
            model,
            "generator_loss",
            loss_and_logs,
            model.generator_optimizer,
            model.making_variables,
        )


def losses(model: Any, game: Game) -> Logs:
    """Computes the players' losses and the estimate; no penalties."""
    logs = {}
    if model.judges:
        logs["discriminator_loss"] = discriminator_loss(model, game)
    logs["generator_loss"] = generator_loss(model, game)
    return logs | model.estimates(game)


def discriminator_loss(model: Any, game: Game) -> Tensor:
    """Computes the objective and what the discriminator's layers add.

    On its passes over real and generated samples; and by its weights, once.
    """
    loss = model.discriminator_objective(game)
    of_weights = model.discriminator_layer_losses.of_weights()
    return add_losses(loss, [*game.of_discriminator, *of_weights])


def generator_loss(model: Any, game: Game) -> Tensor:
    """Computes the objective and what the generator's layers add.

    What the discriminator's layers add on the way is not for the generator
    to minimise.
    """
    loss = model.generator_objective(game)
    of_weights = model.generator_layer_losses.of_weights()
    return add_losses(loss, [*game.of_generator, *of_weights])


def _discriminator_loss(model: Any, game: Game) -> tuple[Tensor, Logs]:
    """Returns the discriminator's whole loss, and its parts to log."""
    for penalty in model.penalties:
        game.will_differentiate(penalty.points(game))
    loss = discriminator_loss(model, game)
    logs = model.estimates(game)
    for penalty in model.penalties:
        logs[penalty.name] = penalty(game)
        loss = loss + logs[penalty.name]
    if model.augmentation is not None and model.augmentation.watches_logits:
        logs[REAL_SIGN] = ops.mean(ops.sign(game.real_logits))
    return loss, logs


def _minimize(
    model: Any,
    name: str,
    objective: Callable[[], tuple[Tensor, Logs]],
    optimizer: keras.optimizers.Optimizer,
    variables: list[keras.Variable],
) -> Logs:
    names: list[str] = []

    def loss_function():
        loss, logs = objective()
        names[:] = logs
        return loss, tuple(logs.values())

    loss, logs = backend.minimize(model, loss_function, optimizer, variables)
    return {name: loss} | dict(zip(names, logs, strict=True))
