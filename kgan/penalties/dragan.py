"""The gradient penalty of DRAGAN."""

from typing import Any

import keras
from keras import ops

from kgan.arguments import check_finite
from kgan.penalties.penalty import Penalty, norms
from kgan.schedules import Schedule

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class DRAGAN(Penalty):
    """Pulls the slope around real samples to 1.

        weight * E (|grad D(x + e * scale * s * u)| - 1)^2

    Here x is real and s is the standard deviation of all numbers of the
    batch. Both u and e are uniform in [0, 1): u is drawn for each number, and
    e for each sample. The authors' code perturbs upwards only, and so does
    every implementation in wide use. `centred=True` draws u from [-1, 1).

    Reference: Kodali et al. 2017, "On Convergence and Stability of GANs",
    algorithm 1.

    Args:
        weight: Number, at least 0, or a schedule of it. The paper takes 10.
        scale: Number above 0. The authors' code takes 0.5.
        centred: Whether the perturbation goes both ways.
        name: Name of the log.

    Raises:
        ValueError: If an argument is not as above.

    Example:

    ```python
    gan = kgan.GAN(
        generator, discriminator, penalties=[kgan.penalties.DRAGAN()]
    )
    ```
    """

    needs_input_gradients = True
    draws_samples = True
    # The standard deviation is of the whole batch.
    is_mean_over_samples = False

    def __init__(
        self,
        weight: float | Schedule = 10.0,
        scale: float = 0.5,
        centred: bool = False,
        name: str = "dragan",
    ):
        super().__init__(weight, name)
        self.scale = check_finite("scale", scale)
        if self.scale <= 0:
            raise ValueError(
                f"`scale` must be above 0. Received: scale={scale!r}"
            )
        if not isinstance(centred, bool):
            raise ValueError(
                "`centred` must be True or False. Received: "
                f"centred={centred!r}"
            )
        self.centred = centred

    def draw(self, random: Any, shape: tuple) -> dict[str, Tensor]:
        return {
            "share": random.uniform((shape[0], *[1] * (len(shape) - 1))),
            "noise": random.uniform(shape),
        }

    def points(self, game: Any) -> list[Tensor]:
        return [self._around(game)]

    def term(self, game: Any) -> Tensor:
        slopes = norms(game.input_gradients(self._around(game)))
        return ops.mean(ops.square(slopes - 1.0))

    def _around(self, game: Any) -> Tensor:
        def perturbed():
            share, noise = (
                game.draws[self.name][k] for k in ("share", "noise")
            )
            if self.centred:
                noise = 2.0 * noise - 1.0
            step = self.scale * ops.std(game.real) * noise
            return game.real + share * step

        return game.once(self.name, perturbed)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "scale": self.scale,
            "centred": self.centred,
        }
