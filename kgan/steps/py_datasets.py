"""Steps of a `keras.utils.PyDataset`."""

import keras

from kgan.steps.checks import SampleSpec
from kgan.steps.ordered import OrderedSteps
from kgan.steps.shortage import shortage
from kgan.steps.streams import Batch, checked_batch, step_of


class PyDatasetSteps(OrderedSteps):
    """Steps of a `keras.utils.PyDataset`, with its workers.

    Args:
        dataset: The user's data set of `x` or `(x, y)`.
        per_step: Batches per step.
        spec: What a sample must look like.
        **order: What `OrderedSteps` takes besides.
    """

    def __init__(
        self,
        dataset: keras.utils.PyDataset,
        per_step: int,
        spec: SampleSpec,
        **order,
    ):
        self._dataset = dataset
        self._spec = spec
        super().__init__(
            self._count_full_batches(per_step),
            per_step,
            workers=dataset.workers,
            use_multiprocessing=dataset.use_multiprocessing,
            max_queue_size=dataset.max_queue_size,
            **order,
        )

    def _count_full_batches(self, per_step: int) -> int | None:
        """Counts batches of the first one's size; `None` if infinite."""
        total = self._dataset.num_batches
        if total is None:
            return None
        sizes = [
            len(self._batch(i)[0])
            for i in dict.fromkeys((0, total - 1))
            if total
        ]
        full = total - (total > 1 and sizes[-1] != sizes[0])
        if full < per_step:
            samples = sum(len(self._batch(i)[0]) for i in range(total))
            largest = max(sizes, default=0)
            raise ValueError(shortage(samples, largest, per_step))
        return full

    def _batch(self, index: int) -> Batch:
        return checked_batch(self._dataset[index], self._spec)

    def batch_rows(self) -> int:
        """Samples in the first batch, which is read."""
        return len(self._batch(0)[0])

    def on_epoch_begin(self) -> None:
        self._dataset.on_epoch_begin()

    def on_epoch_end(self) -> None:
        self._dataset.on_epoch_end()

    def __getitem__(self, index: int) -> Batch:
        batches = [self._batch(int(item)) for item in self.items(index)]
        sizes = {len(batch[0]) for batch in batches}
        if len(sizes) > 1:
            raise ValueError(
                "Batches of one step must be of one size; only the last of a "
                f"PyDataset may differ. Received: sizes {sorted(sizes)}"
            )
        return step_of(batches, self._share)


class PyDatasetBatches(keras.utils.PyDataset):
    """The batches of a `keras.utils.PyDataset`, checked as they stream."""

    def __init__(self, dataset: keras.utils.PyDataset, spec: SampleSpec):
        super().__init__(
            workers=dataset.workers,
            use_multiprocessing=dataset.use_multiprocessing,
            max_queue_size=dataset.max_queue_size,
        )
        self._dataset = dataset
        self._spec = spec
        if self.num_batches == 0:
            raise ValueError(
                f"The data (`{self._spec.name}`) is empty. Received: 0 batches."
            )
        self[0]

    @property
    def num_batches(self) -> int | None:
        return self._dataset.num_batches

    def on_epoch_begin(self) -> None:
        self._dataset.on_epoch_begin()

    def on_epoch_end(self) -> None:
        self._dataset.on_epoch_end()

    def __getitem__(self, index: int) -> Batch:
        return checked_batch(self._dataset[index], self._spec)
