"""What a preset is, and the game that it makes."""

import dataclasses
import random
from collections.abc import Callable, Mapping
from typing import Any

import keras

from kgan.objectives import build

Networks = tuple[keras.Model, keras.Model]


@dataclasses.dataclass(frozen=True)
class Preset:
    """Holds all that a training is made of, but for the weights.

    Args:
        name: Its name.
        data: Name of the data set, as of `kgan.data.load`.
        sample_shape: Shape of one sample.
        networks: Builds the generator and the discriminator.
        arguments: Makes the arguments of the objective: penalties, average,
            augmentation and the like, again for each game.
        optimizers: Makes those of the generator and of the discriminator.
        images: Real images after which the training ends.
        num_classes: Number of classes, or `None` without labels.
        objective: Its short name.
        batch_size: Real images per update.
        seed: Of weights, latents and order.
        kept: What its files hold beside the average, of `PARTS`.
        licence: Of the data.
    """

    name: str
    data: str
    sample_shape: tuple[int, ...]
    networks: Callable[[], Networks]
    arguments: Callable[[], Mapping[str, Any]]
    optimizers: Callable[[], tuple[keras.optimizers.Optimizer, ...]]
    images: int
    num_classes: int | None = None
    objective: str = "r3gan"
    batch_size: int = 64
    seed: int = 0
    kept: tuple[str, ...] = ("discriminator",)
    licence: str = ""

    @property
    def is_of_images(self) -> bool:
        """Whether samples are images, not vectors."""
        return len(self.sample_shape) == 3

    def game(self) -> Any:
        """Makes the compiled game as it is before the training.

        The first weights are those of the seed, on each backend its own. The
        random numbers of the program go on as if nothing had been drawn.
        """
        before = random.getstate()
        # Initializers without a seed draw one from here.
        random.seed(self.seed)
        try:
            model = build(
                self.objective,
                *self.networks(),
                seed=self.seed,
                **self.arguments(),
            )
            model.compile(*self.optimizers())
        finally:
            random.setstate(before)
        return model
