"""Samples of a generator from seeded latents."""

import math
from collections.abc import Sequence
from numbers import Integral
from typing import Any

import keras
import numpy as np

from kgan import backend
from kgan.memory import check_memory
from kgan.networks import check_positive_integer


def generate(
    model: Any, num: int, seed: int | None = None, batch_size: int = 256
) -> np.ndarray:
    """Draws `num` samples from the generator, in inference mode.

    The latents come from NumPy, so that a seed means the same latents on
    every backend and for `python -m kgan.sample`.

    Args:
        num: Positive integer.
        seed: Non-negative integer, or `None` for fresh samples each time.
        batch_size: Positive integer, samples per call of the generator.

    Returns:
        float32 array `(num, ...)`; images NHWC in [-1, 1].

    Raises:
        ValueError: If `num`, `batch_size` or `seed` is out of range, or the
            samples take more memory than this machine has.
        RuntimeError: On JAX, from another thread during `fit`.
    """
    check_samples(
        num, seed, batch_size, model.latent_dim, model.sample_spec.shape
    )
    with backend.needs_weights(model, "generate"):
        return generated(model.sampling_generator, num, seed, batch_size)


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
    generator: keras.Model, num: int, seed: int | None, batch_size: int
) -> np.ndarray:
    """Draws `num` samples in inference mode; float32 `(num, ...)`."""
    latents = np.random.default_rng(seed).standard_normal(
        (num, generator.input_shape[1]), dtype="float32"
    )
    samples = [
        keras.ops.convert_to_numpy(
            generator(latents[start : start + batch_size])
        )
        for start in range(0, num, batch_size)
    ]
    return np.concatenate(samples).astype("float32")
