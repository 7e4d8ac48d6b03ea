"""Where the features of one set of samples wait for their score."""

from typing import Any

import keras
import numpy as np
from keras import ops

from kgan import backend
from kgan.memory import check_memory

Tensor = Any

# Default room of a compiled step.
CAPACITY = 10_000


class FeatureStore:
    """Keeps rows of features, in a list or inside a compiled step.

    Inside a compiled step the rows are in a variable. With r replicas, each
    replica writes every r-th row and leaves the rest zero. Keras reads a
    metric's variable as the sum over replicas, which is then the set of all
    rows. A last column of ones tells which rows were written.

    Args:
        num_samples: Positive integer, the number of rows to keep, or `None`
            for all. In a compiled step `None` keeps the first 10,000.
    """

    def __init__(self, num_samples: int | None):
        self._limit = num_samples
        self._capacity = CAPACITY if num_samples is None else num_samples
        self._rows: Any = None
        self._count: Any = None
        self.forget()

    def allocate(
        self, metric: keras.metrics.Metric, side: str, dim: int
    ) -> None:
        """Adds the variables to the metric, so that Keras threads them."""
        # A ragged last batch leaves a hole per replica. Rows without room are
        # all written to the very last row.
        rows = self._capacity + backend.replica()[1]
        # Some backends abort the process instead of raising.
        check_memory(
            "num_samples", self._limit, rows * (dim + 1) * 4, "features"
        )
        self._rows = metric.add_variable(
            (rows, dim + 1), "zeros", "float32", name=f"{side}_rows"
        )
        self._count = metric.add_variable(
            (), "zeros", "int32", name=f"{side}_count"
        )

    def add(self, features: Tensor) -> None:
        """Keeps as many of the rows `(batch, dim)` as there is room for."""
        if backend.is_traced(features):
            self._add_in_step(features)
            return
        rows = np.asarray(ops.convert_to_numpy(features))
        room = None if self._limit is None else self._limit - self._num_held
        self._held.append(rows[:room])
        self._num_held += len(self._held[-1])
        self._num_seen += len(rows)

    def read(self) -> np.ndarray:
        """Returns the rows kept, float32 `(num, dim)`."""
        kept = list(self._held)
        if self._seen_in_step():
            rows = np.asarray(ops.convert_to_numpy(self._rows))[:-1]
            kept.insert(0, rows[rows[:, -1] == 1, :-1][: self._capacity])
        # Arrays may have come after the steps of an evaluation.
        if not kept:
            return np.zeros((0, 0))
        return np.concatenate(kept)[: self._limit]

    def seen(self) -> int:
        """Returns how many samples came, kept or not."""
        return self._seen_in_step() + self._num_seen

    def overflowed(self) -> bool:
        """Says whether rows were dropped that nobody asked to drop."""
        return self._limit is None and self.seen() > len(self.read())

    def forget(self) -> None:
        """Drops the rows of the list; Keras resets the variables."""
        self._held: list[np.ndarray] = []
        self._num_held = 0
        self._num_seen = 0

    def _seen_in_step(self) -> int:
        if self._count is None:
            return 0
        return int(ops.convert_to_numpy(self._count))

    def _add_in_step(self, features: Tensor) -> None:
        if self._rows is None:
            raise RuntimeError(
                "A metric without variables met a compiled step. Call "
                "`metric.build((None, *sample_shape))` before, as kgan's "
                "`compile` does."
            )
        batch = ops.shape(features)[0]
        index, replicas = backend.replica()
        count = ops.convert_to_tensor(self._count)
        rows = (count + ops.arange(batch, dtype="int32")) * replicas + index
        last = self._rows.shape[0] - 1
        written = ops.concatenate(
            [features, ops.ones((batch, 1), "float32")], axis=1
        )
        self._rows.assign(
            ops.scatter_update(
                self._rows, ops.minimum(rows, last)[:, None], written
            )
        )
        self._count.assign(count + batch)
