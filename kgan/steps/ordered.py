"""The order in which a pass over finite data is trained on."""

from collections.abc import Callable

import keras
import numpy as np

from kgan.steps.shares import Share


class OrderedSteps(keras.utils.PyDataset):
    """Steps over numbered items, in order or freshly shuffled each pass.

    The order depends on nothing but the model's seed and the number of steps
    that it has trained, so that a run resumed from a file goes on with the
    very batches that an uninterrupted one would have had.

    Args:
        num_items: Items in a pass; `None` when they never end.
        items_per_step: Items that one step takes.
        shuffle: Whether each pass is permuted.
        steps_per_epoch: Steps per epoch; `None` for one pass.
        seed: Returns the model's, a non-negative integer.
        steps_done: Returns the steps that the model has trained.
        share: Part of each batch that this process trains on.
        epochs_to_skip: Epochs that the run has trained before this fit.
        **workers: What `keras.utils.PyDataset` takes.
    """

    def __init__(
        self,
        num_items: int | None,
        items_per_step: int,
        shuffle: bool,
        steps_per_epoch: int | None,
        seed: Callable[[], int],
        steps_done: Callable[[], int],
        share: Share,
        epochs_to_skip: int = 0,
        **workers,
    ):
        super().__init__(**workers)
        self._items_per_step = items_per_step
        self._num_items = num_items
        self._shuffle = shuffle and num_items is not None
        self._steps_per_pass = (
            None if num_items is None else num_items // items_per_step
        )
        self._steps_per_epoch = steps_per_epoch or self._steps_per_pass
        self._seed = seed
        self._steps_done = steps_done
        self._share = share
        self._epochs_to_skip = epochs_to_skip
        self._start: int | None = None
        self._epochs_begun = 0
        self._orders: dict[int, np.ndarray] = {}

    @property
    def num_batches(self) -> int | None:
        return self._steps_per_epoch

    def begin_epoch(self) -> None:
        """To be called by `fit` when an epoch begins.

        Keras's own hook of a PyDataset also runs for a first look at the
        data, which is no epoch.
        """
        self._epochs_begun += 1
        if self._start is None:
            self._start = self._first_step()

    def _first_step(self) -> int:
        if not self._shuffle:
            return self._epochs_to_skip * (self._steps_per_epoch or 0)
        done = self._steps_done()
        per_pass = self._steps_per_pass or 1
        if self._steps_per_epoch == per_pass:
            return done // per_pass * per_pass
        return done

    def items(self, index: int) -> np.ndarray:
        """Numbers of the items of step `index` of the present epoch."""
        epoch = max(self._epochs_begun - 1, 0)
        start = (self._start or 0) + epoch * (self._steps_per_epoch or 0)
        step = start + index
        if self._steps_per_pass is None:
            first = step * self._items_per_step
            return np.arange(first, first + self._items_per_step)
        number, step = divmod(step, self._steps_per_pass)
        first = step * self._items_per_step
        chosen = np.arange(first, first + self._items_per_step)
        return self._order(number)[chosen] if self._shuffle else chosen

    def _order(self, number: int) -> np.ndarray:
        """Returns the permutation of pass `number`; keeps two at a time."""
        order = self._orders.get(number)
        if order is None:
            rng = np.random.default_rng([self._seed(), number])
            order = rng.permutation(np.arange(self._num_items or 0))
            self._orders = {
                n: o for n, o in self._orders.items() if n == number - 1
            } | {number: order}
        return order
