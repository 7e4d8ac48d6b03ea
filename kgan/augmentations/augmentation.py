"""Shared parts of the augmentations."""

from collections.abc import Sequence
from typing import Any

import keras

from kgan.arguments import shown

Tensor = Any


class Augmentation:
    """Changes what the discriminator sees, real and generated alike.

    It changes samples in both players' updates, but not in `evaluate` or
    `generate`. The generator therefore learns to make unchanged samples.
    Build it from `keras.ops`: it must be differentiable, twice for penalties.

    Example:

    ```python
    class Flip(kgan.augmentations.Augmentation):
        \"\"\"Mirrors half of the images.\"\"\"

        def draw(self, random, shape):
            return random.uniform((shape[0], 1, 1, 1))

        def __call__(self, samples, draws):
            mirrored = keras.ops.flip(samples, axis=2)
            return keras.ops.where(draws < 0.5, mirrored, samples)
    ```
    """

    # Names of what `logs` returns.
    log_names: tuple[str, ...] = ()
    # Whether it uses the signs of the logits of real samples.
    watches_logits = False

    def check(self, sample_shape: tuple) -> None:
        """Raises ValueError unless samples of this shape can be changed."""

    def draw(self, random: Any, shape: tuple) -> Any:
        """Draws the random numbers for one batch.

        Args:
            random: Has `uniform(shape)`, in [0, 1), and `normal(shape)`.
            shape: Shape of the samples, `(batch, ...)`.

        Returns:
            A tensor with the batch axis first, or a dict of such tensors.
        """
        raise NotImplementedError("An augmentation defines draw.")

    def __call__(self, samples: Tensor, draws: Any) -> Tensor:
        """Changes samples `(batch, ...)`, using what `draw` returned."""
        raise NotImplementedError("An augmentation defines __call__.")

    def build(self, model: keras.Model) -> dict[str, keras.Variable]:
        """Creates the variables that outlive a step, by name."""
        del model
        return {}

    def at(self, draws: Any, images_seen: Any, state: dict) -> Any:
        """Adds values that depend on the training to what `draw` returned.

        Args:
            draws: What `draw` returned.
            images_seen: Real images before this step; integer variable.
            state: What `build` returned.
        """
        del images_seen, state
        return draws

    def watch(self, state: dict, sign: Tensor) -> None:
        """Runs after each discriminator update, if it `watches_logits`.

        Args:
            state: What `build` returned.
            sign: Mean sign of the logits of the real samples; scalar.
        """

    def move(self, state: dict, batch: Any, n_critic: int) -> None:
        """Runs after each step; `batch` is the size of the global batch."""

    def logs(self, draws: Any) -> dict[str, Tensor]:
        """Returns the scalars to log, from what `at` returned."""
        del draws
        return {}

    def get_config(self) -> dict:
        """Returns the arguments of the constructor."""
        return {}

    @classmethod
    def from_config(cls, config: dict) -> "Augmentation":
        """Builds an augmentation from what `get_config` returned."""
        return cls(**config)


def check_augmentation(
    augmentation: Any, sample_shape: tuple, objective: Any
) -> Augmentation | None:
    """Returns the augmentation; raises ValueError unless it fits the model.

    Args:
        augmentation: What the user gave to the model.
        sample_shape: Shape of one sample, `None` where any size fits.
        objective: The model, or its class.
    """
    if augmentation is None:
        return None
    if not isinstance(augmentation, Augmentation):
        raise ValueError(
            "`augmentation` must be one of kgan.augmentations, such as "
            "kgan.augmentations.DiffAugment(), or None. Received: "
            f"augmentation={augmentation!r}"
        )
    augmentation.check(sample_shape)
    if augmentation.watches_logits and (
        objective.takes_features or not objective.sign_decides
    ):
        kind = objective.__name__
        raise ValueError(
            f"`augmentation`: {type(augmentation).__name__} follows the signs "
            f"of logits, and those of {kind} tell no real sample from a "
            f"generated one. Received: probability=None with {kind}. Pass a "
            "number or a schedule as its `probability`."
        )
    return augmentation


def check_policy(policy: Any, policies: Sequence[str]) -> list[str]:
    """Returns the names in a policy; raises ValueError unless all are known."""
    names = policy.split(",") if isinstance(policy, str) else [policy]
    if not all(name in policies for name in names):
        raise ValueError(
            "`policy` must be names with commas between them, out of "
            f"{', '.join(policies)}. Received: policy={shown(policy)}"
        )
    return names
