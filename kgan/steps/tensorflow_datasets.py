"""tf.data pipelines, grouped inside the pipeline on every backend."""

from typing import Any

import tensorflow as tf

from kgan.steps.arrays import ArrayBatches, ArraySteps
from kgan.steps.checks import SampleSpec, first_of
from kgan.steps.shares import UNEVEN, UNPACKED, Share
from kgan.steps.shortage import shortage
from kgan.steps.tensorflow_checks import checked, checked_spec, element_of


def dataset_steps(
    dataset: tf.data.Dataset,
    per_step: int,
    spec: SampleSpec,
    steps_per_epoch: int | None = None,
    epochs_to_skip: int = 0,
) -> tf.data.Dataset:
    """Steps `(batch, per_step, ...)` of a data set of batches.

    Nothing is read ahead of training but a set of at most `per_step` batches,
    which may be too small: a pipeline may be costly, or run only once. Only
    to go on with a run are its `epochs_to_skip` read again.
    """
    element = checked_spec(dataset, spec)
    cardinality = int(dataset.cardinality())
    steps = _known_steps(dataset, element, per_step)
    if 0 <= cardinality <= per_step:
        _require_one_step(dataset, per_step)
    dataset = checked(dataset, spec)
    if element.shape[0] is None:
        dataset = _same_size(dataset)
    dataset = dataset.batch(per_step, drop_remainder=True).map(
        _batch_first, num_parallel_calls=tf.data.AUTOTUNE
    )
    if steps_per_epoch is None:
        dataset = _opened_when_read(dataset)
    if steps is not None:
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(steps))
    if epochs_to_skip:
        dataset = _wound(dataset, steps_per_epoch, epochs_to_skip)
    return _read_ahead(dataset)


def array_dataset(data: ArraySteps | ArrayBatches) -> tf.data.Dataset:
    """The same elements, read again in each pass.

    As Keras reads them on TensorFlow, but for `_read_ahead`, and for the
    shape, which is known where all elements have the same.
    """
    first = data[0]
    rows = len(first[0]) if isinstance(data, ArraySteps) else None
    specs = tuple(
        tf.TensorSpec((rows, *part.shape[1:]), part.dtype) for part in first
    )
    num = data.num_batches or 0  # An array's steps are always counted.
    dataset = tf.data.Dataset.from_generator(
        lambda: (data[i] for i in range(num)), output_signature=specs
    )
    return _read_ahead(
        dataset.apply(tf.data.experimental.assert_cardinality(num))
    )


def _read_ahead(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Reads one or two elements before they are asked for.

    Without tf.data's tuning, unless its options ask for it: its thread sleeps
    for twice as long each time, and TensorFlow 2.21 often waits for it where
    an iterator ends, which added up to the length of the pass itself.
    """
    if dataset.options().autotune.enabled is None:
        options = tf.data.Options()
        options.autotune.enabled = False
        dataset = dataset.with_options(options)
    return dataset.prefetch(2)


def _opened_when_read(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Begins a pass when its first element is asked for.

    A shuffle draws the order of a pass when an iterator is made, and Keras
    makes some that it never reads, how many depends on the backend.
    """
    passes = tf.data.Dataset.from_tensors(0).flat_map(lambda _: dataset)
    return passes.with_options(dataset.options())


def _wound(
    dataset: tf.data.Dataset, steps_per_epoch: int | None, epochs: int
) -> tf.data.Dataset:
    """Skips the steps of `epochs` epochs, with the passes that they took.

    What shuffles again for each pass, and caches, is as far as it was only
    when as many passes have been read.
    """
    in_pass = int(dataset.cardinality())
    if steps_per_epoch is None:
        passes, rest = epochs, 0
    elif in_pass > 0:
        passes, rest = divmod(epochs * steps_per_epoch, in_pass)
    else:
        passes, rest = 0, epochs * steps_per_epoch
    for _ in range(passes):
        for _ in dataset:
            pass
    if rest == 0:
        return dataset
    begun = dataset.skip(rest)
    return begun if in_pass < 0 else begun.concatenate(dataset.repeat())


def dataset_share(dataset: tf.data.Dataset, share: Share) -> tf.data.Dataset:
    """This process's rows of each step, once they divide."""
    if share.replicas == share.packing == 1:
        return dataset
    known = first_of(dataset.element_spec).shape[0]
    if known is not None:
        share.check(known)

    def part(*step):
        rows = tf.shape(step[0])[0] if known is None else known
        number = tf.strings.as_string(rows)
        even = []
        for marker, parts in (
            (UNEVEN, share.replicas),
            (UNPACKED, share.packing),
        ):
            text = tf.strings.join([marker, number, str(parts), ""], "|")
            even.append(tf.debugging.Assert(rows % parts == 0, [text]))
        with tf.control_dependencies(even):
            size = rows // share.processes
            mine = slice(share.index * size, (share.index + 1) * size)
            return element_of(*(x[mine] for x in step))

    options = tf.data.Options()
    policy = dataset.options().experimental_distribute.auto_shard_policy
    if policy == tf.data.experimental.AutoShardPolicy.AUTO:
        # By rows of each batch: by files, each would go to one worker.
        options.experimental_distribute.auto_shard_policy = (
            tf.data.experimental.AutoShardPolicy.DATA
        )
    return _read_ahead(dataset.map(part).with_options(options))


def dataset_batches(
    dataset: tf.data.Dataset, spec: SampleSpec
) -> tf.data.Dataset:
    """Batches `(batch, ...)` of a data set, checked as they stream."""
    checked_spec(dataset, spec)
    if int(dataset.cardinality()) == 0:
        raise ValueError(
            f"The data (`{spec.name}`) is empty. Received: 0 batches."
        )
    return _read_ahead(checked(dataset, spec))


def _same_size(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Drops the batches that are not as large as the first."""

    def mark(size, batch):
        rows = tf.shape(first_of(batch), out_type=tf.int64)[0]
        size = tf.where(size == 0, rows, size)
        return size, (batch, tf.logical_and(rows == size, rows > 0))

    marked = dataset.scan(tf.constant(0, tf.int64), mark)
    full = marked.filter(lambda batch, full: full)
    return full.map(lambda batch, full: batch)


def _batch_first(*group: tf.Tensor) -> Any:
    return element_of(
        *(tf.transpose(x, [1, 0, *range(2, x.shape.rank)]) for x in group)
    )


def _require_one_step(dataset: tf.data.Dataset, per_step: int) -> None:
    sizes = [int(tf.shape(first_of(element))[0]) for element in dataset]
    full = sum(size == sizes[0] for size in sizes)
    if full < per_step:
        raise ValueError(shortage(sum(sizes), max(sizes, default=0), per_step))


def _known_steps(
    dataset: tf.data.Dataset, element: Any, per_step: int
) -> int | None:
    """Counts steps in a pass, for the progress bar; `None` if unknown.

    With a batch axis of unknown size the last batch may be ragged and its
    loss may cost a step. What made the batches is looked for behind the
    transformations that keep their number.
    """
    if element.shape[0] is not None:
        batches = int(dataset.cardinality())
        return None if batches < 0 else batches // per_step
    keeps = (
        "_MapDataset",
        "_ParallelMapDataset",
        "_PrefetchDataset",
        "_OptionsDataset",
        "_ShuffleDataset",
        "CacheDataset",
    )
    # All of these names are private: TensorFlow 2.21 has no public way from a
    # dataset to its source. If one is renamed, the length counts as unknown,
    # and the progress bar has no end.
    while type(dataset).__name__ in keeps:
        dataset = getattr(dataset, "_input_dataset", None)
    if type(dataset).__name__ not in ("_BatchDataset", "_ParallelBatchDataset"):
        return None
    samples = int(dataset._input_dataset.cardinality())
    size = tf.get_static_value(dataset._batch_size)
    if samples < 0 or not size:
        return None
    return samples // int(size) // per_step
