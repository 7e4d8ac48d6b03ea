"""Mixtures of Gaussians: samples whose density is known."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from kgan.arguments import check_text
from kgan.data.arguments import (
    LARGEST_SPREAD,
    check_positive_integer,
    check_seed,
    check_spread,
)
from kgan.real_arrays import real_array, shown


@dataclasses.dataclass(frozen=True, eq=False)
class Mixture:
    """Mixes equally weighted isotropic Gaussians with known centres.

    Args:
        centres: Array of shape `(num_modes, dim)`, the means. They are kept
            as read-only float64.
        standard_deviation: Float, at least 0, the same for every mode and
            every axis.
        name: String, for titles and messages.

    Raises:
        ValueError: If `centres` is not a finite matrix or
            `standard_deviation` is negative.

    Example:
        >>> mixture = Mixture([[-1.0, 0.0], [1.0, 0.0]], 0.1, "pair")
        >>> mixture.sample(5, seed=0).shape
        (5, 2)
    """

    centres: np.ndarray
    standard_deviation: float
    name: str

    def __post_init__(self) -> None:
        centres = real_array("centres", self.centres)
        if centres.ndim != 2:
            raise ValueError(
                "`centres` must have shape (num_modes, dim) with at least one "
                f"mode. Received: centres.shape={centres.shape}"
            )
        if np.abs(centres).max() > LARGEST_SPREAD:
            raise ValueError(
                f"`centres` must be at most {LARGEST_SPREAD}, as samples are "
                f"float32. Received: centres={shown(centres)}"
            )
        check_text("name", self.name)
        check_spread("standard_deviation", self.standard_deviation)
        centres.flags.writeable = False
        object.__setattr__(self, "centres", centres)
        object.__setattr__(
            self, "standard_deviation", float(self.standard_deviation)
        )

    @property
    def num_modes(self) -> int:
        """The number of Gaussians."""
        return self.centres.shape[0]

    @property
    def dim(self) -> int:
        """The number of coordinates of a sample."""
        return self.centres.shape[1]

    def sample(self, num: int, seed: int = 0) -> np.ndarray:
        """Draws independent samples; the same seed gives the same samples.

        Args:
            num: Positive integer, the number of samples.
            seed: Non-negative integer.

        Returns:
            Float32 array of shape `(num, dim)`.

        Raises:
            ValueError: If `num` or `seed` is out of range.
        """
        num = check_positive_integer("num", num)
        check_seed(seed)
        return self._draw(num, np.random.default_rng(seed))

    def batches(
        self, batch_size: int, num_batches: int | None = None, seed: int = 0
    ) -> Iterator[tuple[np.ndarray]]:
        """Yields fresh batches, never the same sample twice.

        Args:
            batch_size: Positive integer.
            num_batches: Positive integer, or `None` for endless batches. Use
                these with `fit(..., steps_per_epoch=...)`.
            seed: Non-negative integer. The same seed gives the same batches.

        Returns:
            A generator of tuples `(samples,)`, the form that Keras expects.
            `samples` is float32 of shape `(batch_size, dim)`.

        Raises:
            ValueError: If an argument is out of range.

        Example:
            >>> mixture = Mixture([[0.0, 0.0]], 1.0, "normal")
            >>> (batch,) = next(mixture.batches(64))
            >>> batch.shape
            (64, 2)
        """
        check_positive_integer("batch_size", batch_size)
        if num_batches is not None:
            check_positive_integer("num_batches", num_batches)
        check_seed(seed)
        # A nested generator, so that the checks above run at the call and not
        # at the first batch.
        return self._generate_batches(batch_size, num_batches, seed)

    def _generate_batches(
        self, batch_size: int, num_batches: int | None, seed: int
    ) -> Iterator[tuple[np.ndarray]]:
        random = np.random.default_rng(seed)
        produced = 0
        while num_batches is None or produced < num_batches:
            yield (self._draw(batch_size, random),)
            produced += 1

    def _draw(self, num: int, random: np.random.Generator) -> np.ndarray:
        modes = random.integers(self.num_modes, size=num)
        noise = random.standard_normal((num, self.dim))
        samples = self.centres[modes] + self.standard_deviation * noise
        return samples.astype("float32")
