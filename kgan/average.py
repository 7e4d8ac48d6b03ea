"""The moving average of a generator."""

from typing import Any

import keras
from keras import ops

from kgan.arguments import check_finite
from kgan.schedule_ends import check_schedule
from kgan.schedules import Schedule

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class Average:
    """Says how fast the average of the generator's weights moves.

    After each generator update, each weight w of the average becomes
    `beta * w + (1 - beta) * new`, with

        beta = 0.5 ** (global batch / half_life)

    An update therefore counts half as much `half_life` images later. The
    average starts as a copy of the generator. Weights that are not trained,
    such as the statistics of batch normalization, are copied.

    Reference: Karras et al. 2018, "Progressive Growing of GANs", section 6;
    in images: Karras et al. 2020, "Analyzing and Improving the Image Quality
    of StyleGAN".

    Args:
        half_life: Number of real images, above 0, or a `kgan.schedules`
            schedule of it. A schedule may start at 0, where the average is
            the generator. That of R3GAN rises from there along a cosine.
        ramp_up: Number above 0, or `None`. Limits the half-life to this share
            of the images seen. The average then forgets the first generators
            soon. StyleGAN2 takes 0.05. With 0.1 the half-life is
            `min(half_life, 0.1 * images seen)`.
        decay: Number in [0, 1), or `None`. It is beta in each generator
            update. Pass it instead of `half_life`.

    Raises:
        ValueError: If an argument is not as above, or if not exactly one of
            `half_life` and `decay` is given.

    Example:

    ```python
    gan = kgan.NonSaturatingGAN(
        generator, discriminator, average=kgan.Average(half_life=10_000)
    )
    rising = kgan.Average(kgan.schedules.Cosine(0, 500_000, images=10_000_000))
    ```
    """

    def __init__(
        self,
        half_life: float | Schedule | None = None,
        ramp_up: float | None = None,
        decay: float | None = None,
    ):
        if (half_life is None) == (decay is None):
            raise ValueError(
                "An average has a `half_life` in images or a `decay` per "
                f"update. Received: half_life={half_life!r}, decay={decay!r}. "
                "Pass one of them."
            )
        if isinstance(half_life, Schedule):
            check_schedule(
                "half_life",
                half_life,
                "numbers of at least 0",
                lambda number: number >= 0,
            )
        elif half_life is not None:
            half_life = _check_above_zero("half_life", half_life)
        if ramp_up is not None:
            ramp_up = _check_above_zero("ramp_up", ramp_up)
            if half_life is None:
                raise ValueError(
                    "`ramp_up` limits a `half_life`. Received: "
                    f"ramp_up={ramp_up!r} with decay={decay!r}. Leave it out."
                )
        if decay is not None:
            decay = check_finite("decay", decay)
            if not 0 <= decay < 1:
                raise ValueError(
                    f"`decay` must lie in [0, 1). Received: decay={decay!r}"
                )
        self.half_life = half_life
        self.ramp_up = ramp_up
        self.decay = decay

    def beta(self, batch_size: Any, images_seen: Tensor) -> Tensor:
        """Computes the share that the average keeps in one update; scalar.

        Args:
            batch_size: Number of samples in the global batch.
            images_seen: Real images seen, including this batch.
        """
        if self.decay is not None:
            return ops.convert_to_tensor(self.decay, "float32")
        half_life = self.half_life
        if isinstance(half_life, Schedule):
            half_life = half_life(images_seen)
        half_life = ops.convert_to_tensor(half_life, "float32")
        if self.ramp_up is not None:
            seen = ops.cast(images_seen, "float32")
            half_life = ops.minimum(half_life, self.ramp_up * seen)
        half_lives = ops.cast(batch_size, "float32") / ops.maximum(
            half_life, 1e-8
        )
        return ops.power(0.5, half_lives)

    def get_config(self) -> dict:
        """Returns the arguments of the constructor."""
        half_life: Any = self.half_life
        if isinstance(half_life, Schedule):
            half_life = keras.saving.serialize_keras_object(half_life)
        return {
            "half_life": half_life,
            "ramp_up": self.ramp_up,
            "decay": self.decay,
        }

    @classmethod
    def from_config(cls, config: dict) -> "Average":
        """Builds an average from what `get_config` returned."""
        if isinstance(config["half_life"], dict):
            half_life = keras.saving.deserialize_keras_object(
                config["half_life"]
            )
            config = {**config, "half_life": half_life}
        return cls(**config)


def as_average(average: Any) -> Average | None:
    """Returns the average that `average=` asks for; a number is a decay.

    Raises:
        ValueError: If it is not an `Average`, a number in [0, 1) or `None`.
    """
    if average is None or isinstance(average, Average):
        return average
    try:
        return Average(decay=average)
    except ValueError as error:
        raise ValueError(
            "`average` must be a kgan.Average, or the share in [0, 1) of "
            "itself that it keeps in each generator update, or None. "
            f"Received: average={average!r}"
        ) from error


def frozen_copy(network: keras.Model) -> keras.Model:
    """Returns a copy of a network that no optimizer trains.

    The copy has the same names and weights, and shares no variables.
    """
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    copy.trainable = False
    return copy


def move(average: keras.Model, generator: keras.Model, beta: Tensor) -> None:
    """Moves the average's weights towards the generator's.

    Args:
        average: The average, from `frozen_copy`.
        generator: The generator after its update.
        beta: Share that the average keeps of itself; scalar.
    """
    trained = {id(variable) for variable in generator.trainable_variables}
    for mean, variable in zip(average.weights, generator.weights, strict=True):
        new = ops.convert_to_tensor(variable)
        if id(variable) in trained:
            share = ops.cast(beta, mean.dtype)
            # In this form, a weight that does not move keeps every bit.
            new = new + share * (ops.convert_to_tensor(mean) - new)
        mean.assign(new)


def _check_above_zero(name: str, value: Any) -> float:
    value = check_finite(name, value)
    if value <= 0:
        raise ValueError(
            f"`{name}` must be above 0. Received: {name}={value!r}"
        )
    return value
