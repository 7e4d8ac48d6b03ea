"""One entry for every kind of data that `fit` and `evaluate` take."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from kgan.networks import check_positive_integer
from kgan.steps.arrays import ArrayBatches, ArraySteps, batch_first
from kgan.steps.checks import SampleSpec, first_of
from kgan.steps.kinds import kind_of, to_numpy
from kgan.steps.labels import second_of
from kgan.steps.py_datasets import PyDatasetBatches, PyDatasetSteps
from kgan.steps.shares import Share
from kgan.steps.shortage import shortage
from kgan.steps.streams import (
    LoaderBatches,
    LoaderSteps,
    checked_stream,
    grouped,
    wound,
)


def _checked_batch_size(x: Any, kind: str, batch_size: int | None) -> int:
    if kind != "array" and batch_size is not None:
        raise ValueError(
            "`batch_size` belongs to arrays; this data brings its own "
            f"batches. Received: batch_size={batch_size!r} with a "
            f"{type(x).__name__}. Leave it out."
        )
    if batch_size is None:
        return 64
    return check_positive_integer("batch_size", batch_size)


def as_steps(
    x: Any,
    per_step: int,
    spec: SampleSpec,
    batch_size: int | None,
    steps_per_epoch: int | None,
    epochs: int,
    share: Share,
    epochs_to_skip: int = 0,
    labels: np.ndarray | None = None,
    **order,
) -> tuple[Any, int | None]:
    """Turns training data into steps.

    Args:
        x: Array `(num, ...)`, or batches `(batch, ...)` in any of the forms
            that Keras takes.
        per_step: Batches per step.
        spec: What a sample must look like.
        batch_size: Samples per batch of an array; `None` for 64.
        steps_per_epoch: As given to `fit`.
        epochs: Epochs of the whole run.
        share: Part of each batch that this process trains on.
        epochs_to_skip: Epochs that the run has trained before this fit: a
            stream is wound forward to where it was.
        labels: Of an array, checked, where a network takes them.
        **order: `shuffle`, `seed` and `steps_done` of `OrderedSteps`.

    Returns:
        Data for Keras's own `fit`, and its `steps_per_epoch`.

    Raises:
        ValueError: If the data does not fit the networks, or fills no step.
    """
    kind = kind_of(x, spec.name)
    batch_size = _checked_batch_size(x, kind, batch_size)
    if kind in ("array", "pydataset"):
        order |= {
            "share": share,
            "steps_per_epoch": steps_per_epoch,
            "epochs_to_skip": epochs_to_skip,
        }
    if kind == "array":
        samples = to_numpy(x, spec.name)
        spec.check(samples)
        share.check(batch_size)
        return ArraySteps(samples, per_step, batch_size, labels, **order), None
    if kind == "pydataset":
        return PyDatasetSteps(x, per_step, spec, **order), None
    if kind == "tf.data":
        from kgan.steps.tensorflow_datasets import dataset_share, dataset_steps

        dataset = dataset_steps(
            x, per_step, spec, steps_per_epoch, epochs_to_skip
        )
        return dataset_share(dataset, share), steps_per_epoch
    if kind == "loader":
        return _loader_steps(
            LoaderSteps(x, per_step, spec, share),
            steps_per_epoch,
            epochs_to_skip,
        )
    if epochs > 1 and steps_per_epoch is None:
        raise ValueError(
            "A Python generator runs through once. Received: a generator for "
            f"{epochs} epochs and steps_per_epoch=None. Pass "
            "`steps_per_epoch`, or data that can be read again."
        )
    stream = _generator_steps(x, per_step, spec, share)
    skipped = epochs_to_skip * (steps_per_epoch or 0)
    return wound(stream, skipped), steps_per_epoch


def _loader_steps(
    loader: LoaderSteps, steps_per_epoch: int | None, epochs_to_skip: int
) -> tuple[Any, int]:
    """Returns a DataLoader's stream, epoch after epoch, and their length."""
    steps_per_epoch = steps_per_epoch or loader.steps_per_epoch
    if steps_per_epoch is None:
        raise ValueError(
            "This DataLoader does not know its length, so an epoch has no "
            "end. Received: steps_per_epoch=None. Pass `steps_per_epoch`."
        )
    skipped = epochs_to_skip * steps_per_epoch
    return wound(loader.stream(), skipped), steps_per_epoch


def _generator_steps(
    x: Any, per_step: int, spec: SampleSpec, share: Share
) -> Any:
    """Returns a generator's steps, at least one."""
    sizes: list[int] = []
    stream = grouped(checked_stream(x, spec, sizes.append), per_step, share)
    return peeked(
        stream,
        lambda: shortage(sum(sizes), max(sizes, default=0), per_step),
    )


def as_batches(
    x: Any, spec: SampleSpec, batch_size: int | None, y: Any = None
) -> Any:
    """Turns data for `evaluate` into checked batches `(batch, ...)`.

    Args:
        x: As for `as_steps`, or a tuple of an array and its labels.
        spec: What a sample must look like.
        batch_size: Samples per batch of an array; `None` for 64.
        y: Labels of an array.

    Returns:
        Data for Keras's own `evaluate`, every sample of it.

    Raises:
        ValueError: If the data does not fit the networks, or is empty.
    """
    if isinstance(x, tuple):  # (x, y), as validation_data may be.
        x, y = first_of(x), second_of(x)
    labels = spec.labels.beside(x, y, spec.name)
    kind = kind_of(x, spec.name)
    if kind == "array":
        batch_size = _checked_batch_size(x, kind, batch_size)
        samples = to_numpy(x, spec.name)
        spec.check(samples)
        return ArrayBatches(samples, batch_size, spec.name, labels)
    if kind == "tf.data":
        from kgan.steps.tensorflow_datasets import dataset_batches

        return dataset_batches(x, spec)
    if kind == "pydataset":
        return PyDatasetBatches(x, spec)
    if kind == "loader":
        return LoaderBatches(x, spec)
    return peeked(
        checked_stream(x, spec),
        lambda: (
            f"The data (`{spec.name}`) is empty. Received: a generator "
            "without batches."
        ),
    )


def readable(data: Any, replicas: int) -> Any:
    """Returns what Keras is given, of `as_steps` or `as_batches`.

    Under a strategy of TensorFlow an array is Keras's to split.
    """
    if (
        keras.backend.backend() == "tensorflow"
        and replicas == 1
        and isinstance(data, ArraySteps | ArrayBatches)
    ):
        from kgan.steps.tensorflow_datasets import array_dataset

        return array_dataset(data)
    return data


def divide(data: Any, replicas: int) -> bool:
    """Whether all batches of `as_batches` are known to divide evenly."""
    if isinstance(data, ArrayBatches):
        return data.divides(replicas)
    rows = None
    if hasattr(data, "element_spec"):
        rows = first_of(data.element_spec).shape[0]
    return rows is not None and rows % replicas == 0


def peeked(stream: Any, message: Callable[[], str]) -> Any:
    """Returns the stream again, once its first element is known to be good."""
    first = next(stream, None)
    if first is None:
        raise ValueError(message())

    def restored():
        yield first
        yield from stream

    return restored()


def one_step(
    x: Any,
    per_step: int,
    spec: SampleSpec,
    share: Share | None = None,
    y: Any = None,
) -> tuple[np.ndarray, ...]:
    """One step `(batch, per_step, ...)` of samples `(per_step * batch, ...)`.

    Behind it the step's labels, where a network takes them.

    Raises:
        ValueError: If the samples do not fit or do not divide by `per_step`.
    """
    samples = to_numpy(x, spec.name)
    spec.check(samples)
    if len(samples) == 0 or len(samples) % per_step:
        raise ValueError(
            f"One step needs {per_step} batches (`n_critic`, and one more "
            "where the generator sees real samples) of equal size in one "
            f"array `{spec.name}`. Received: {len(samples)} samples, which "
            f"{per_step} does not divide."
        )
    labels = spec.labels.beside(samples, y, spec.name)
    parts = [np.asarray(samples, dtype="float32")]
    if labels is not None:
        parts.append(labels)
    steps = [batch_first(part, per_step) for part in parts]
    return tuple(step if share is None else share.of(step) for step in steps)
