"""Numbers that follow the count of real images seen, in the compiled step."""

import math
from typing import Any

import keras
from keras import ops

from kgan.arguments import check_finite
from kgan.networks import check_positive_integer

Tensor = Any


class Schedule:
    """Gives a number that depends on the real images seen in training.

    A step counts the samples of one global batch. The compiled step computes
    the number, so it changes without compiling again. A resumed run continues
    where it was.

    Use a schedule for the weight of a penalty, the half-life of
    `kgan.Average`, the probability of `kgan.augmentations.AdaptiveAugment`,
    the learning rate of any Keras optimizer of a kgan model, or the beta_2 of
    `kgan.optimizers.ScheduledAdam`.

    Call: images seen, a scalar tensor, to a float32 scalar tensor.
    """

    def __call__(self, images_seen: Tensor) -> Tensor:
        raise NotImplementedError("A schedule defines __call__.")

    def get_config(self) -> dict:
        raise NotImplementedError("A schedule defines get_config.")

    def __repr__(self) -> str:
        arguments = (f"{k}={v!r}" for k, v in self.get_config().items())
        return f"{type(self).__name__}({', '.join(arguments)})"

    @classmethod
    def from_config(cls, config: dict) -> "Schedule":
        return cls(**config)


@keras.saving.register_keras_serializable(package="kgan")
class Constant(Schedule):
    """Stays at one number.

    Args:
        value: Finite number.

    Raises:
        ValueError: If `value` is not a finite number.
    """

    def __init__(self, value: float):
        self.value = check_finite("value", value)

    def __call__(self, images_seen: Tensor) -> Tensor:
        return ops.convert_to_tensor(self.value, "float32")

    def get_config(self) -> dict:
        return {"value": self.value}


class _Ramp(Schedule):
    """Goes from one number to another, and stays there.

    Args:
        initial: Finite number, before the first image.
        final: Finite number, from `images` on.
        images: Positive integer, the real images that the change takes.

    Raises:
        ValueError: If an argument is not as above.
    """

    def __init__(self, initial: float, final: float, images: int):
        self.initial = check_finite("initial", initial)
        self.final = check_finite("final", final)
        self.images = check_positive_integer("images", images)

    def __call__(self, images_seen: Tensor) -> Tensor:
        share = ops.cast(images_seen, "float32") / self.images
        way = self.way(ops.minimum(share, 1.0))
        return self.initial + way * (self.final - self.initial)

    @staticmethod
    def way(share: Tensor) -> Tensor:
        """Returns the share of the change at a share of the images."""
        raise NotImplementedError("A ramp defines way.")

    def get_config(self) -> dict:
        return {
            "initial": self.initial,
            "final": self.final,
            "images": self.images,
        }


@keras.saving.register_keras_serializable(package="kgan")
class Linear(_Ramp):
    """Goes from one number to another in a straight line, and stays there.

    Example:

    ```python
    rate = kgan.schedules.Linear(2e-4, 0.0, images=1_000_000)
    optimizer = keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.9)
    ```

    Args:
        initial: Finite number, before the first image.
        final: Finite number, from `images` on.
        images: Positive integer, the real images that the change takes.

    Raises:
        ValueError: If an argument is not as above.
    """

    @staticmethod
    def way(share: Tensor) -> Tensor:
        return share


@keras.saving.register_keras_serializable(package="kgan")
class Cosine(_Ramp):
    """Goes from one number to another by half a cosine, and stays there.

    At a share s of the images, `initial + (1 - c) (final - initial)` with
    `c = (1 + cos(pi s)) / 2`.

    Reference: Huang et al. 2024, "The GAN is dead; long live the GAN!",
    whose settings all follow it.

    Example:

    ```python
    gamma = kgan.schedules.Cosine(0.05, 0.005, images=20_000_000)
    penalty = kgan.penalties.R1(gamma)
    ```

    Args:
        initial: Finite number, before the first image.
        final: Finite number, from `images` on.
        images: Positive integer, the real images that the change takes.

    Raises:
        ValueError: If an argument is not as above.
    """

    @staticmethod
    def way(share: Tensor) -> Tensor:
        return 0.5 * (1.0 - ops.cos(math.pi * share))
