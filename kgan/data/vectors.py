"""The toy distributions as fixed sets of vectors."""

import typing

import numpy as np

from kgan.data import toys

if typing.TYPE_CHECKING:
    import tensorflow as tf

NUM_SAMPLES = 100_000
SPLIT_SEEDS = {"train": 0, "test": 1}
SAMPLERS: dict[str, typing.Callable[[int], np.ndarray]] = {
    "ring": lambda seed: toys.ring_of_gaussians().sample(NUM_SAMPLES, seed),
    "grid": lambda seed: toys.grid_of_gaussians().sample(NUM_SAMPLES, seed),
    "gaussian_pair": lambda seed: toys.gaussian_pair().sample(
        NUM_SAMPLES, seed
    ),
    "swiss_roll": lambda seed: toys.swiss_roll(NUM_SAMPLES, seed=seed),
}


def vector_examples(name: str, split: str) -> "tf.data.Dataset":
    """Returns 100,000 samples of a toy distribution, always the same ones.

    Args:
        name: A key of `SAMPLERS`.
        split: `"train"`, or `"test"` for as many independent samples.

    Returns:
        A data set of `(vector,)`, float32 of shape `(dim,)`, not scaled.

    Raises:
        ValueError: If `split` is neither.

    Example:
        >>> len(vector_examples("ring", "train"))
        100000
    """
    if split not in SPLIT_SEEDS:
        raise ValueError(
            f"`split` of {name!r} must be one of {tuple(SPLIT_SEEDS)}. "
            f"Received: split={split!r}"
        )
    import tensorflow as tf

    samples = SAMPLERS[name](SPLIT_SEEDS[split])
    return tf.data.Dataset.from_tensor_slices((samples,))
