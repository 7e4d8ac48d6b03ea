"""Shared parts of the penalties: a weight, a name, what they ask for."""

from typing import Any

import keras
from keras import ops

from kgan.arguments import check_finite, check_text
from kgan.schedule_ends import check_schedule
from kgan.schedules import Schedule

Tensor = Any


class Penalty:
    """Adds a term to the discriminator's loss: a weight times `term(game)`.

    Pass penalties to any objective: `penalties=[kgan.penalties.R1(0.1)]`.
    Each is logged under its name, as it enters the loss.

    Args:
        weight: Number, at least 0, or a `kgan.schedules` schedule of it.
        name: Name of the log.

    Raises:
        ValueError: If `weight` is neither, or `name` is not a string.

    Example:

    ```python
    class Drift(kgan.penalties.Penalty):
        \"\"\"Keeps the logits of real samples near 0 (Karras 2018).\"\"\"

        def __init__(self, weight=1e-3, name="drift"):
            super().__init__(weight, name)

        def term(self, game):
            return keras.ops.mean(game.real_logits**2)
    ```
    """

    # The argument of the constructor that `weight` is.
    weight_argument = "weight"
    # Whether the term takes gradients by the samples.
    needs_input_gradients = False
    # Whether it is defined for logits `(batch, 1)`, and for features `(batch,
    # k)`, which objectives with `takes_features` have.
    of_logits = True
    of_features = False
    # Whether it draws noise in the shape of a sample.
    draws_samples = False
    # Whether the term is a mean over samples, so that the mean of the
    # replicas' terms is the term of the whole batch.
    is_mean_over_samples = True

    def __init__(self, weight: float | Schedule, name: str):
        if isinstance(weight, Schedule):
            check_schedule(
                self.weight_argument,
                weight,
                "numbers of at least 0, as a penalty is minimised",
                lambda number: number >= 0,
            )
        else:
            weight = check_finite(self.weight_argument, weight)
            if weight < 0:
                raise ValueError(
                    f"`{self.weight_argument}` must be at least 0: a penalty "
                    f"is minimised. Received: {self.weight_argument}={weight!r}"
                )
        check_text("name", name, "the name of a log")
        self.weight = weight
        self.name = name

    def build(self, model: keras.Model) -> dict[str, keras.Variable]:
        """Creates the penalty's variables that outlive a step, by name."""
        del model
        return {}

    def draw(self, random: Any, shape: tuple) -> Any:
        """Draws the random numbers of one update.

        Args:
            random: Has `uniform(shape)`, in [0, 1), and `normal(shape)`.
            shape: Shape of the real samples, `(batch, ...)`.

        Returns:
            Tensors, which `term` finds in `game.draws[self.name]`, or `None`.
        """
        del random, shape

    def points(self, game: Any) -> list[Tensor]:
        """Returns the samples whose input gradients `term` will ask for.

        Because they are named in advance, they share one pass with each
        other and with the logits.
        """
        del game
        return []

    def term(self, game: Any) -> Tensor:
        """Computes the penalty without its weight; scalar."""
        raise NotImplementedError("A penalty defines term.")

    def __call__(self, game: Any) -> Tensor:
        weight = self.weight
        if isinstance(weight, Schedule):
            weight = weight(game.model.progress.images_seen)
        return weight * self.term(game)

    def get_config(self) -> dict:
        """Returns the arguments of the constructor."""
        weight = self.weight
        if isinstance(weight, Schedule):
            weight = keras.saving.serialize_keras_object(weight)
        return {self.weight_argument: weight, "name": self.name}

    @classmethod
    def from_config(cls, config: dict) -> "Penalty":
        """Builds a penalty from what `get_config` returned."""
        weight = config.get(cls.weight_argument)
        if isinstance(weight, dict):
            weight = keras.saving.deserialize_keras_object(weight)
            config = {**config, cls.weight_argument: weight}
        return cls(**config)


def squared_norms(gradients: Tensor) -> Tensor:
    """Returns the squared Euclidean norm of each row; `(batch,)`."""
    axes = tuple(range(1, len(gradients.shape)))
    return ops.sum(ops.square(gradients), axis=axes)


def norms(gradients: Tensor) -> Tensor:
    """Returns the Euclidean norm of each row; `(batch,)`.

    The root has no slope at 0; below 1e-6 the norm is a constant.
    """
    return ops.sqrt(ops.maximum(squared_norms(gradients), 1e-12))
