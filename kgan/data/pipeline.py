"""From single examples to shuffled, scaled and prefetched batches."""

import math
import os
import typing
import warnings

from kgan.data.images import scale_to_unit_range

if typing.TYPE_CHECKING:
    import tensorflow as tf

# CelebA at 64x64 is 2.5 GB and stays in memory; LSUN's bedrooms are 37 GB.
MEMORY_CACHE_BYTES = 4 * 2**30
SHUFFLE_EXAMPLES = 60_000
SHUFFLE_BYTES = 2 * 2**30


def batch_examples(
    examples: "tf.data.Dataset",
    batch_size: int,
    shuffle: bool,
    seed: int,
    cache: bool | str,
) -> "tf.data.Dataset":
    """Caches, shuffles, batches, scales and prefetches.

    Args:
        examples: Data set of tuples: an example of known shape, and a label
            if there are labels. Uint8 examples are images, and are scaled to
            [-1, 1].
        batch_size: Positive integer. The last batch may be smaller.
        shuffle: Whether to shuffle, with a new order at each iteration.
        seed: Integer. The same seed gives the same order.
        cache: `True` for memory, `False` for no cache, or a file to write to.

    Returns:
        Data set of batches: tensors, or tuples of them if there are labels.
    """
    import tensorflow as tf

    spec = examples.element_spec[0]
    example_bytes = max(1, math.prod(spec.shape) * spec.dtype.size)
    examples = _cached(examples, example_bytes, cache)
    if shuffle:
        buffer_size = _shuffle_buffer_size(examples, example_bytes)
        examples = examples.shuffle(
            buffer_size, seed=seed, reshuffle_each_iteration=True
        )

    def finish(batch: "tf.Tensor", *labels: "tf.Tensor") -> typing.Any:
        if spec.dtype == tf.uint8:
            batch = scale_to_unit_range(batch)
        return (batch, *labels) if labels else batch

    return (
        examples.batch(batch_size)
        .map(finish, num_parallel_calls=tf.data.AUTOTUNE)
        .prefetch(tf.data.AUTOTUNE)
    )


def _cached(
    examples: "tf.data.Dataset", example_bytes: int, cache: bool | str
) -> "tf.data.Dataset":
    if isinstance(cache, str):
        os.makedirs(os.path.dirname(cache), exist_ok=True)
        return examples.cache(cache)
    needed_bytes = int(examples.cardinality()) * example_bytes
    if cache and needed_bytes > MEMORY_CACHE_BYTES:
        warnings.warn(
            f"The data set needs {needed_bytes / 2**30:.1f} GiB as uint8 and "
            "is not cached in memory: it is read and decoded in every epoch. "
            'Pass cache="a_folder" to cache it on disk, a smaller '
            "`image_size`, or cache=False to silence this. "
            "Received: cache=True",
            stacklevel=4,
        )
        return examples
    return examples.cache() if cache else examples


def _shuffle_buffer_size(
    examples: "tf.data.Dataset", example_bytes: int
) -> int:
    bound = min(SHUFFLE_EXAMPLES, max(1, SHUFFLE_BYTES // example_bytes))
    cardinality = int(examples.cardinality())
    # Negative where the source does not know it.
    return min(bound, cardinality) if cardinality > 0 else bound
