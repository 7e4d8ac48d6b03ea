"""The gradient penalty of WGAN-GP."""

from typing import Any

import keras
from keras import ops

from kgan.arguments import check_finite
from kgan.penalties.penalty import Penalty, norms
from kgan.schedules import Schedule

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class GradientPenalty(Penalty):
    """Pulls the slope between real and generated samples to a target.

        weight * E (|grad D(x)| - target)^2,  x = e * real + (1 - e) * fake

    where e is uniform in [0, 1), drawn for each sample. With
    `one_sided=True` only slopes above the target count:
    `max(0, |grad D(x)| - target)^2`.

    Reference: Gulrajani et al. 2017, "Improved Training of Wasserstein GANs",
    equation 3; one-sided: section 4, and Petzka et al. 2018. `target=0`:
    Thanh-Tung et al. 2019.

    Args:
        weight: Number, at least 0, or a schedule of it. The paper takes 10.
        target: Number, at least 0.
        one_sided: Whether slopes below the target cost nothing.
        name: Name of the log.

    Raises:
        ValueError: If an argument is not as above.

    Example:

    ```python
    gentle = kgan.penalties.GradientPenalty(10.0, one_sided=True)
    gan = kgan.WGAN(generator, critic, penalties=[gentle])
    ```
    """

    needs_input_gradients = True

    def __init__(
        self,
        weight: float | Schedule = 10.0,
        target: float = 1.0,
        one_sided: bool = False,
        name: str = "gradient_penalty",
    ):
        super().__init__(weight, name)
        self.target = check_finite("target", target)
        if self.target < 0:
            raise ValueError(
                f"`target` is a norm, at least 0. Received: target={target!r}"
            )
        if not isinstance(one_sided, bool):
            raise ValueError(
                "`one_sided` must be True or False. Received: "
                f"one_sided={one_sided!r}"
            )
        self.one_sided = one_sided

    def draw(self, random: Any, shape: tuple) -> Tensor:
        return random.uniform((shape[0], *[1] * (len(shape) - 1)))

    def points(self, game: Any) -> list[Tensor]:
        return [self._between(game)]

    def term(self, game: Any) -> Tensor:
        excess = norms(self._slopes(game)) - self.target
        if self.one_sided:
            excess = ops.relu(excess)
        return ops.mean(ops.square(excess))

    def _slopes(self, game: Any) -> Tensor:
        return game.input_gradients(self._between(game))

    def _between(self, game: Any) -> Tensor:
        def mixture():
            share = game.draws[self.name]
            return share * game.real + (1 - share) * game.fake

        return game.once(self.name, mixture)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "target": self.target,
            "one_sided": self.one_sided,
        }
