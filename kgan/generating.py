"""Samples of a generator from seeded latents."""

import math
from collections.abc import Sequence
from numbers import Integral
from typing import Any

import keras
import numpy as np

from kgan import backend
from kgan.labels import chosen_labels
from kgan.memory import check_memory
from kgan.networks import check_positive_integer


def generate(
    model: Any,
    num: int,
    seed: int | None = None,
    batch_size: int = 256,
    labels: Any = None,
) -> np.ndarray:
    """Draws `num` samples from the generator, in inference mode.

    The latents come from NumPy, so that a seed means the same latents on
    every backend and for `python -m kgan.sample`.

    Args:
        num: Positive integer.
        seed: Non-negative integer, or `None` for fresh samples each time.
        batch_size: Positive integer, samples per call of the generator.
        labels: For a conditional generator: an integer, the class of all
            samples, or `num` integers. `None` draws classes uniformly, by
            the seed too; the latents of a seed are the same with any labels.

    Returns:
        float32 array `(num, ...)`; images NHWC in [-1, 1].

    Raises:
        ValueError: If `num`, `batch_size` or `seed` is out of range, the
            samples take more memory than this machine has, or labels are of
            no class that the generator knows, or given to one that takes
            none, or missing where it does not show its classes.
        RuntimeError: On JAX, from another thread during `fit`.
    """
    check_samples(
        num, seed, batch_size, model.latent_dim, model.sample_spec.shape
    )
    labels = chosen_labels(labels, num, seed, model.generator)
    with backend.needs_weights(model, "generate"):
        return generated(
            model.sampling_generator, num, seed, batch_size, labels
        )


def check_samples(
    num: Any,
    seed: Any,
    batch_size: Any,
    latent_dim: int,
    sample_shape: Sequence[int | None],
) -> None:
    """Raises ValueError unless so many samples can be drawn.

    Args:
        num: Number of samples.
        seed: Seed of their latents.
        batch_size: Samples per call of the generator.
        latent_dim: Length of a latent.
        sample_shape: Shape of one sample; None where it varies.
    """
    num = check_positive_integer("num", num)
    check_positive_integer("batch_size", batch_size)
    if seed is not None and (
        isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0
    ):
        raise ValueError(
            "`seed` must be a non-negative integer or None. Received: "
            f"seed={seed!r}"
        )
    # Float32; the samples twice, in batches and in one array.
    numbers = latent_dim + 2 * math.prod(size or 1 for size in sample_shape)
    check_memory("num", num, 4 * num * numbers, "latents and samples")


def generated(
    generator: keras.Model,
    num: int,
    seed: int | None,
    batch_size: int,
    labels: np.ndarray | None = None,
) -> np.ndarray:
    """Draws `num` samples in inference mode; float32 `(num, ...)`."""
    latents = np.random.default_rng(seed).standard_normal(
        (num, generator.inputs[0].shape[1]), dtype="float32"
    )
    samples = []
    for start in range(0, num, batch_size):
        rows = slice(start, start + batch_size)
        taken: Any = latents[rows]
        if labels is not None:
            taken = [latents[rows], labels[rows]]
        samples.append(keras.ops.convert_to_numpy(generator(taken)))
    return np.concatenate(samples).astype("float32")
