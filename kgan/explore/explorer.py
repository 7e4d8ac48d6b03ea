"""What is explored of a generator: its samples, and the ways between them."""

import dataclasses
import threading

import keras
import numpy as np

from kgan import images
from kgan.arguments import check_integer, check_number
from kgan.explore.directions import principal_directions
from kgan.labels import chosen_labels, num_classes, takes_labels, with_labels
from kgan.layers import baked

# Samples per seed: as many images as are seen at once.
IMAGES, VECTORS = 24, 500
# Farthest step of a normal latent, in standard deviations.
FARTHEST = 3.0


@dataclasses.dataclass(frozen=True)
class View:
    """Holds what is looked at: samples, and one of them that is moved.

    Args:
        seed: Of the latents, at least 0.
        truncation: Bound of their entries, as of `kgan.images.truncate`;
            `None` for none.
        label: Class of all samples of a conditional generator; `None` for
            classes drawn by the seed.
        selected: Index of the sample that is moved.
        moves: How far it is moved along each direction, the first ones first;
            those left out are 0.
    """

    seed: int = 0
    truncation: float | None = None
    label: int | None = None
    selected: int = 0
    moves: tuple[float, ...] = ()


class Explorer:
    """Draws what a person asks to see of a generator.

    It is called once when made, so that no answer waits for a backend.

    Args:
        generator: A generator, as `kgan.sample.load_generator` returns it.

    Attributes:
        generator: The same in Keras's own layers.
        num: Samples of a seed.
        classes: How many there are; `None` without labels, or where the
            generator does not show it.
        conditional: Whether the generator takes labels.
        is_of_images: Whether samples are images, not vectors.
        directions: float32 `(num, latent_dim)`, as of
            `principal_directions`; of shape `(0, latent_dim)` where there
            are none.
        reason: Why there are none, or `None`.

    Raises:
        ValueError: If its samples cannot be drawn.

    Example:

    ```python
    explorer = kgan.explore.Explorer(kgan.presets.generator("digits"))
    view = kgan.explore.View(seed=1, label=7, moves=(2.0,))
    seven = explorer.selected(view)  # NumPy (8, 8, 1)
    ```
    """

    def __init__(self, generator: keras.Model):
        images.check_drawable(generator.output_shape)
        self.generator = baked(generator)
        self.conditional = takes_labels(generator)
        self.classes = num_classes(generator)
        self.is_of_images = len(generator.output_shape) == 4
        self.num = IMAGES if self.is_of_images else VECTORS
        self.latent_dim = generator.inputs[0].shape[-1]
        self.reason: str | None = None
        try:
            self.directions = principal_directions(self.generator)
        except ValueError as error:
            self.directions = np.zeros((0, self.latent_dim), "float32")
            self.reason = str(error)
        # On JAX, `predict` borrows a model's weights: one thread at a time.
        self._lock = threading.Lock()
        self._warm_up()

    @property
    def needs_label(self) -> bool:
        """Whether a view must have a label: its classes are not known."""
        return self.conditional and self.classes is None

    def samples(self, view: View) -> np.ndarray:
        """Draws the samples of a seed, none of them moved.

        Args:
            view: What is looked at.

        Returns:
            float32 `(num, height, width, channels)` or `(num, dim)`.

        Raises:
            ValueError: If the view does not fit the generator.
        """
        return self._drawn(self._latents(view), self._labels(view))

    def selected(self, view: View) -> np.ndarray:
        """Draws the selected sample, moved; float32 of one sample's shape.

        Args, raises: As of `samples`.
        """
        rows = slice(view.selected, view.selected + 1)
        labels = self._labels(view)
        return self._drawn(
            self.latent(view)[None], None if labels is None else labels[rows]
        )[0]

    def latent(self, view: View) -> np.ndarray:
        """Returns the latent of the selected sample, moved.

        It is z + sum of the moves times the directions.

        Args, raises: As of `samples`.

        Returns:
            float32 `(latent_dim,)`.
        """
        latents = self._latents(view)
        if len(view.moves) > len(self.directions):
            raise ValueError(
                "`moves` must be one number for each direction, of which there "
                f"are {len(self.directions)}. Received: {len(view.moves)}."
            )
        moves = [_move(move) for move in view.moves]
        moved = np.asarray(moves, "float32") @ self.directions[: len(moves)]
        return latents[view.selected] + moved

    def way(self, view: View, other: int, num: int) -> np.ndarray:
        """Draws samples on the way from the selected one to another.

        The way is that of `kgan.images.interpolate`, on a sphere; the class
        is that of the selected sample all along.

        Args:
            view: What is looked at; the way begins at its moved sample.
            other: Index of the sample that it ends at.
            num: Samples of the way, at least 2.

        Returns:
            float32 `(num, ...)`.

        Raises:
            ValueError: As of `samples`, or of an argument out of its range.
        """
        check_integer("other", other, 0, self.num - 1)
        end = self._latents(view)[other]
        path = images.interpolate(self.latent(view), end, num)
        labels = self._labels(view)
        if labels is not None:
            labels = labels[np.full(num, view.selected)]
        return self._drawn(path, labels)

    def _warm_up(self) -> None:
        first = View(label=0 if self.needs_label else None)
        self.samples(first)
        self.selected(first)

    def _latents(self, view: View) -> np.ndarray:
        check_integer("selected", view.selected, 0, self.num - 1)
        drawn = images.latents(self.num, self.latent_dim, view.seed)
        if view.truncation is None:
            return drawn
        return images.truncate(drawn, view.truncation)

    def _labels(self, view: View) -> np.ndarray | None:
        check_integer("seed", view.seed, 0, None)
        return chosen_labels(view.label, self.num, view.seed, self.generator)

    def _drawn(
        self, latents: np.ndarray, labels: np.ndarray | None
    ) -> np.ndarray:
        # Compiled, unlike a call, and without the callbacks and batches of
        # `predict`: a tenth of the time of either.
        taken = with_labels(self.generator, latents, labels)
        with self._lock:
            samples = self.generator.predict_on_batch(taken)
        return np.asarray(samples, "float32")


def _move(value: float) -> float:
    return check_number(
        "moves",
        value,
        f"numbers from -{FARTHEST} to {FARTHEST}",
        lambda number: abs(number) <= FARTHEST,
    )
