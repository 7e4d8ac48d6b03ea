"""Random numbers for the rows of a batch, alike on one device and on many."""

from typing import Any

import keras

from kgan import backend

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
