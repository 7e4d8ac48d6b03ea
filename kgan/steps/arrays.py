"""Arrays, cut into steps without a copy beyond the batch itself."""

import zlib

import keras
import numpy as np

from kgan.steps.ordered import OrderedSteps
from kgan.steps.shortage import shortage


class ArraySteps(OrderedSteps):
    """Steps `(batch, per_step, ...)` of an array.

    Args:
        samples: Array `(num, ...)`, floating point.
        per_step: Batches per step.
        batch_size: Samples per batch.
        labels: int32 `(num,)`, or `None`.
        **order: What `OrderedSteps` takes besides.
    """

    def __init__(
        self,
        samples: np.ndarray,
        per_step: int,
        batch_size: int,
        labels: np.ndarray | None = None,
        **order,
    ):
        if len(samples) < per_step * batch_size:
            raise ValueError(shortage(len(samples), batch_size, per_step))
        super().__init__(len(samples), per_step * batch_size, **order)
        self._samples = samples
        self._labels = labels
        self._per_step = per_step

    def checksum(self) -> float:
        """Tells one array, and one order, from another."""
        return checksum(self._samples, self._labels)

    def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
        items = self.items(index)
        parts = [self._samples[items].astype("float32", copy=False)]
        if self._labels is not None:
            parts.append(self._labels[items])
        return tuple(
            self._share.of(batch_first(part, self._per_step)) for part in parts
        )


class ArrayBatches(keras.utils.PyDataset):
    """Batches `(batch, ...)` of an array, all of it, in order."""

    def __init__(
        self,
        samples: np.ndarray,
        batch_size: int,
        name: str = "x",
        labels: np.ndarray | None = None,
    ):
        super().__init__()
        self._samples = samples
        self._labels = labels
        self._batch_size = batch_size
        if len(samples) == 0:
            raise ValueError(
                f"The data (`{name}`) is empty. Received: 0 samples."
            )

    @property
    def num_samples(self) -> int:
        """Returns how many samples the batches hold in all."""
        return len(self._samples)

    def checksum(self) -> float:
        """Tells one array, and one order, from another."""
        return checksum(self._samples, self._labels)

    def divides(self, replicas: int) -> bool:
        """Whether every batch divides over `replicas`."""
        last = len(self._samples) % self._batch_size
        return self._batch_size % replicas == 0 and last % replicas == 0

    @property
    def num_batches(self) -> int:
        return -(-len(self._samples) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
        start = index * self._batch_size
        rows = slice(start, start + self._batch_size)
        samples = np.asarray(self._samples[rows], dtype="float32")
        if self._labels is None:
            return (samples,)
        return (samples, self._labels[rows])


def batch_first(samples: np.ndarray, per_step: int) -> np.ndarray:
    """`per_step` batches in a row to `(batch, per_step, ...)`."""
    stacked = samples.reshape((per_step, -1, *samples.shape[1:]))
    return np.ascontiguousarray(np.moveaxis(stacked, 0, 1))


def checksum(samples: np.ndarray, labels: np.ndarray | None = None) -> float:
    """CRC-32 of an array's bytes, and of its labels' where there are any."""
    crc = zlib.crc32(np.ascontiguousarray(samples).tobytes())
    if labels is not None:
        crc = zlib.crc32(np.ascontiguousarray(labels).tobytes(), crc)
    return float(crc)
