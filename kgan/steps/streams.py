"""DataLoaders and generators, grouped as they are read."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import keras
import numpy as np

from kgan.steps.checks import SampleSpec, first_of
from kgan.steps.kinds import to_numpy
from kgan.steps.shares import Share
from kgan.steps.shortage import shortage

# Samples, and labels where a network takes them.
Batch = tuple[np.ndarray, ...]


def checked_batch(element: Any, spec: SampleSpec) -> Batch:
    """The samples of an element, float32 `(batch, ...)`, checked.

    And where they are wanted its labels, int32 `(batch,)`.
    """
    samples = to_numpy(first_of(element), spec.name)
    spec.check(samples)
    labels = spec.labels.of_element(element, spec.name)
    batch = np.asarray(samples, dtype="float32")
    if labels is None:
        return (batch,)
    return (batch, spec.labels.check(labels, len(batch), spec.name))


def checked_stream(
    batches: Iterable[Any],
    spec: SampleSpec,
    note_size: Callable[[int], None] | None = None,
) -> Iterator[Batch]:
    """The batches of a stream, each as `checked_batch` has it."""
    for element in batches:
        batch = checked_batch(element, spec)
        if note_size is not None:
            note_size(len(batch[0]))
        yield batch


def grouped(
    batches: Iterable[Batch], per_step: int, share: Share
) -> Iterator[Batch]:
    """Steps of `per_step` batches; ragged and leftover ones are dropped.

    A batch counts as ragged when its size is not that of the first.
    """
    group: list[Batch] = []
    size = None
    for batch in batches:
        rows = len(batch[0])
        if size is None:
            size = rows
        if rows == size and size > 0:
            group.append(batch)
        if len(group) == per_step:
            yield step_of(group, share)
            group = []


def step_of(group: list[Batch], share: Share) -> Batch:
    """A step of batches of one size, as far as it is this process's."""
    return tuple(
        share.of(np.stack(parts, axis=1)) for parts in zip(*group, strict=True)
    )


def wound(stream: Iterator[Any], steps: int) -> Iterator[Any]:
    """The stream behind its first `steps` steps, which are read."""
    read = sum(1 for _ in itertools.islice(stream, steps))
    if read < steps:
        raise ValueError(
            "The data ended before the step where this run goes on. "
            f"Received: {read} steps, of which {steps} are trained already. "
            "Pass data that begins where it began at first."
        )
    return stream


class LoaderSteps:
    """Steps of a torch DataLoader, pass after pass.

    Args:
        loader: A `torch.utils.data.DataLoader` of `x` or `(x, y)`.
        per_step: Batches per step.
        spec: What a sample must look like.
        share: Part of each batch that this process trains on.
    """

    def __init__(
        self, loader: Any, per_step: int, spec: SampleSpec, share: Share
    ):
        self._loader = loader
        self._per_step = per_step
        self._spec = spec
        self._share = share
        if share.processes > 1 and hasattr(loader.sampler, "num_replicas"):
            raise ValueError(
                "The loader's sampler shares the data between the processes "
                "already, and kgan would once more. Received: a DataLoader "
                f"with {type(loader.sampler).__name__}. Leave it out, or use "
                "kgan.distribution.scope(sharded_data=True)."
            )
        self.steps_per_epoch = self._count()

    def _count(self) -> int | None:
        """Counts steps in one pass; `None` if the loader does not know."""
        try:
            num_batches = len(self._loader)
            num_samples = len(self._loader.dataset)
        except TypeError:
            return None
        sampler = self._loader.batch_sampler
        batch_size = getattr(sampler, "batch_size", None)
        # Only PyTorch's own sampler is known to cut the data evenly.
        if batch_size and not self._loader.drop_last:
            num_batches = min(num_batches, num_samples // batch_size)
        steps = num_batches // self._per_step
        if steps == 0:
            raise ValueError(
                shortage(num_samples, batch_size or 0, self._per_step)
            )
        return steps

    def stream(self) -> Iterator[Batch]:
        """Endless steps; the first one is read and checked at once."""
        stream = self._passes()
        first = next(stream)

        def restored():
            yield first
            yield from stream

        return restored()

    def _passes(self) -> Iterator[Batch]:
        while True:
            sizes: list[int] = []
            batches = checked_stream(self._loader, self._spec, sizes.append)
            none_yet = True
            for step in grouped(batches, self._per_step, self._share):
                none_yet = False
                yield step
            if none_yet:
                raise ValueError(
                    shortage(sum(sizes), max(sizes, default=0), self._per_step)
                )


class LoaderBatches(keras.utils.PyDataset):
    """The batches of a torch DataLoader, checked as they stream.

    A pass begins with batch 0, and Keras asks for the batches in order.
    """

    def __init__(self, loader: Any, spec: SampleSpec):
        super().__init__()
        self._loader = loader
        self._spec = spec
        try:
            self._num_batches: int | None = len(loader)
        except TypeError:
            self._num_batches = None
        if self._num_batches == 0:
            raise ValueError(
                f"The data (`{self._spec.name}`) is empty. Received: 0 batches."
            )
        self[0]

    @property
    def num_batches(self) -> int | None:
        return self._num_batches

    def __getitem__(self, index: int) -> Batch:
        if index == 0:
            self._stream = checked_stream(self._loader, self._spec)
        return next(self._stream)
