"""Counts and memories of a training beside its networks' weights."""

from typing import Any

import keras
from keras import ops

from kgan import backend
from kgan.average import frozen_copy, move
from kgan.logs import REAL_SIGN

# Of 32 bits, the widest integer that all backends count with.
MOST_IMAGES = 2**31 - 1


class Progress:
    """Counts the real images that training has seen, and what follows them.

    The variables belong to the model, and move in the compiled step.

    Args:
        model: A model with its generator, penalties and average.
    """

    def __init__(self, model: Any):
        self._model = model
        # Of the last step that was traced or run, if known.
        self.rows: int | None = None
        self.images_seen = model.add_weight(
            shape=(),
            initializer="zeros",
            trainable=False,
            dtype="int32",
            aggregation="only_first_replica",
            name="images_seen",
        )
        self._remembered = {
            f"{penalty.name}_{name}": variable
            for penalty in model.penalties
            for name, variable in penalty.build(model).items()
        }
        augmentation = model.augmentation
        self._of_augmentation = (
            {} if augmentation is None else augmentation.build(model)
        )
        # Set on the model, so that Keras saves its weights.
        model.averaged_generator = (
            None if model.average is None else frozen_copy(model.generator)
        )

    def draw_augmentation(self, random: Any, shape: tuple) -> Any:
        """Draws for the augmentation of one batch, as of now."""
        augmentation = self._model.augmentation
        drawn = augmentation.draw(random, shape)
        return augmentation.at(drawn, self.images_seen, self._of_augmentation)

    def watch(self, logs: dict[str, Any], draws: dict[str, Any]) -> dict:
        """Shows the augmentation a discriminator update; returns its logs.

        Args:
            logs: Of the update, with `REAL_SIGN` where it was asked for.
            draws: Of the update.
        """
        augmentation = self._model.augmentation
        if augmentation is None:
            return logs
        sign = logs.pop(REAL_SIGN, None)
        if sign is not None:
            mean = backend.replica_mean(sign)
            augmentation.watch(self._of_augmentation, mean)
        return logs | augmentation.logs(draws["augmentation"])

    def count(self, batch_size: Any) -> None:
        """Counts a batch of one replica, and moves what follows the images.

        To be called within a step, after the generator's update.
        """
        batch = batch_size * backend.replica()[1]
        self.rows = batch if isinstance(batch, int) else None
        # Stops at the largest number.
        seen = ops.clip(self.images_seen, 0, MOST_IMAGES - batch) + batch
        self.images_seen.assign(seen)
        model = self._model
        if model.average is not None:
            beta = model.average.beta(batch, seen)
            move(model.averaged_generator, model.generator, beta)
        if model.augmentation is not None:
            state = self._of_augmentation
            model.augmentation.move(state, batch, model.n_critic)

    def variables(self) -> dict[str, keras.Variable]:
        """Returns what a file of the run holds of it, by name."""
        augmentation = self._of_augmentation.items()
        return {
            "images_seen": self.images_seen,
            **self._remembered,
            **{f"augmentation_{name}": v for name, v in augmentation},
        }
