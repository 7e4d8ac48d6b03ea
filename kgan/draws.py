"""Random numbers for the rows of a batch, alike on one device and on many."""

from typing import Any

import keras

from kgan import backend
from kgan.packing import packed_shape

Tensor = Any


class RowRandom:
    """Draws for the rows of this replica's batch, from one seed.

    Args:
        seed_generator: Advanced by each draw.
    """

    def __init__(self, seed_generator: keras.random.SeedGenerator):
        self._seed_generator = seed_generator

    def normal(self, shape: tuple) -> Tensor:
        """Draws standard normal float32 values of shape `(batch, ...)`."""
        return backend.random_rows(
            keras.random.normal, shape, self._seed_generator
        )

    def uniform(self, shape: tuple) -> Tensor:
        """Draws float32 values in [0, 1) of shape `(batch, ...)`."""
        return backend.random_rows(
            keras.random.uniform, shape, self._seed_generator
        )


def parts_draws(model: Any, batch_size: int) -> dict[str, Any]:
    """Draws what a model's penalties and augmentation need in one update.

    Args:
        model: An adversarial model.
        batch_size: Rows of this replica.
    """
    if not model.penalties and model.augmentation is None:
        return {}
    random = RowRandom(model._training_seed)
    shape = (batch_size, *model.sample_spec.shape)
    _, *pack = packed_shape(shape, model.packing)
    packs = (batch_size // model.packing, *pack)
    drawn = {p.name: p.draw(random, packs) for p in model.penalties}
    if model.augmentation is not None:
        for side in ("augmentation", "augmentation of fake"):
            drawn[side] = model.progress.draw_augmentation(random, shape)
    return {name: x for name, x in drawn.items() if x is not None}
