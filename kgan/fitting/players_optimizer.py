"""Both players' optimizers as the one that Keras and its callbacks know."""

import dataclasses
from typing import Any

import keras


@dataclasses.dataclass(frozen=True)
class Trainers:
    """Who trains a variable.

    Args:
        generator: Optimizer of the variables whose `id` is in `making`.
        discriminator: Optimizer of all others, or `None`.
        making: Identities of variables.
    """

    generator: keras.optimizers.Optimizer
    discriminator: keras.optimizers.Optimizer | None
    making: frozenset[int]

    def __call__(self, variable: keras.Variable) -> Any:
        made = id(variable) in self.making
        return self.generator if made else self.discriminator


class PlayersOptimizer(keras.optimizers.MultiOptimizer):
    """Holds both players' optimizers.

    So that Keras's threading of JAX state, its sharding, its checkpoints and
    its learning rate callbacks see the variables of both, and loggers of
    other libraries find what each optimizer of Keras has: one learning rate,
    the generator's, and settings by name.

    Args:
        generator_optimizer: Keras optimizer.
        discriminator_optimizer: Keras optimizer, or `None`.
        making: Variables that the first trains; the second trains the others.
    """

    def __init__(
        self,
        generator_optimizer: keras.optimizers.Optimizer,
        discriminator_optimizer: keras.optimizers.Optimizer | None,
        making: list[keras.Variable],
    ):
        ids = frozenset(map(id, making))
        trainers = Trainers(generator_optimizer, discriminator_optimizer, ids)
        super().__init__(trainers, name="multi_optimizer")
        self._trainers = trainers

    @property
    def learning_rate(self) -> Any:
        """The generator's learning rate."""
        return self._trainers.generator.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        raise AttributeError(
            "Each player has a learning rate: assign to that of "
            "`model.generator_optimizer` or `model.discriminator_optimizer`. "
            f"Received: learning_rate={value!r}"
        )

    def get_config(self) -> dict[str, Any]:
        """Returns the settings of both, each by its player's name."""
        return {
            f"{player}_{name}": value
            for player in ("generator", "discriminator")
            if (optimizer := getattr(self._trainers, player)) is not None
            for name, value in (
                ("optimizer", type(optimizer).__name__),
                *optimizer.get_config().items(),
            )
        }
