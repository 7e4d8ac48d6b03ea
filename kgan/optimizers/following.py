"""Numbers of an optimizer that follow the real images its model has seen."""

import math
from typing import Any

import keras
from keras import ops

from kgan.schedule_ends import check_schedule
from kgan.schedules import Schedule

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class Following(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule and the images that one model has seen.

    To Keras it is a schedule of a learning rate, whose count of steps it
    ignores. A file holds the schedule, which the model that loads it follows.

    Args:
        schedule: One of `kgan.schedules`.
        images_seen: Integer variable of the model.
    """

    def __init__(self, schedule: Schedule, images_seen: keras.Variable):
        self.schedule = schedule
        self._images_seen = images_seen

    def __call__(self, step: Any = None) -> Tensor:
        del step
        return self.schedule(ops.convert_to_tensor(self._images_seen))

    def get_config(self) -> dict:
        return {"schedule": keras.saving.serialize_keras_object(self.schedule)}

    @classmethod
    def from_config(cls, config: dict) -> Any:
        """Returns the schedule, which follows no model yet."""
        return keras.saving.deserialize_keras_object(config["schedule"])


def follow(name: str, optimizer: Any, images_seen: keras.Variable) -> None:
    """Has an optimizer's schedules follow the images that a model has seen.

    Args:
        name: Name of the argument that the optimizer is, for messages.
        optimizer: Keras optimizer, or `None`.
        images_seen: Integer variable of the model.

    Raises:
        ValueError: If a schedule goes where no learning rate may.
    """
    # Private: the public property of Keras 3.15 calls the schedule without the
    # images that it takes, and TensorFlow reads it before it writes.
    rate = getattr(optimizer, "_learning_rate", None)
    if isinstance(rate, Following):
        rate = rate.schedule
    if isinstance(rate, Schedule):
        check_schedule(
            f"learning_rate of {name}",
            rate,
            "finite numbers of at least 0",
            lambda number: 0 <= number < math.inf,
        )
        optimizer._learning_rate = Following(rate, images_seen)
    # For kgan's optimizers.
    if hasattr(optimizer, "follow"):
        optimizer.follow(images_seen)
