"""What all augmentations share."""

from typing import Any

Tensor = Any


class Augmentation:
    """Changes what the discriminator sees, real and generated alike.

    It is applied in both players' updates, so that the generator learns the
    samples as they were before it, and not in `evaluate` or `generate`. It
    must be differentiable, twice for penalties: of `keras.ops`.

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

    def check(self, sample_shape: tuple) -> None:
        """Raises ValueError unless samples of this shape can be changed."""

    def draw(self, random: Any, shape: tuple) -> Any:
        """Draws the random numbers for one batch.

        Args:
            random: Has `uniform(shape)`, in [0, 1), and `normal(shape)`.
            shape: Of the samples, `(batch, ...)`.

        Returns:
            A tensor with the batch axis first, or a dict of such.
        """
        raise NotImplementedError("An augmentation defines draw.")

    def __call__(self, samples: Tensor, draws: Any) -> Tensor:
        """Changes samples `(batch, ...)` by what `draw` returned."""
        raise NotImplementedError("An augmentation defines __call__.")

    def get_config(self) -> dict:
        """Returns the arguments of the constructor."""
        return {}

    @classmethod
    def from_config(cls, config: dict) -> "Augmentation":
        """Builds an augmentation of what `get_config` returned."""
        return cls(**config)


def check_augmentation(
    augmentation: Any, sample_shape: tuple
) -> Augmentation | None:
    """Returns it; raises ValueError unless it changes such samples."""
    if augmentation is None:
        return None
    if not isinstance(augmentation, Augmentation):
        raise ValueError(
            "`augmentation` must be one of kgan.augmentations, such as "
            "kgan.augmentations.DiffAugment(), or None. Received: "
            f"augmentation={augmentation!r}"
        )
    augmentation.check(sample_shape)
    return augmentation
