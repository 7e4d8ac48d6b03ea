"""Latents that are equal on every backend."""

from typing import Any

import numpy as np

from kgan.arguments import check_integer, shown
from kgan.memory import check_memory


def latents(num: int, latent_dim: int, seed: int) -> np.ndarray:
    """Draws standard normal latents that are equal on every backend.

    Example:

    ```python
    fixed = kgan.images.latents(64, latent_dim=128, seed=0)
    ```

    Args:
        num: Number of latents, at least 1. The first `k` of `num` latents are
            the `k` latents that the same seed gives.
        latent_dim: Length of one latent, at least 1.
        seed: Integer, at least 0.

    Returns:
        float32 array of shape `(num, latent_dim)`.

    Raises:
        ValueError: If an argument is out of its range, or the latents take
            more memory than there is.
    """
    check_integer("num", num, minimum=1, maximum=None)
    check_integer("latent_dim", latent_dim, minimum=1, maximum=None)
    check_integer("seed", seed, minimum=0, maximum=None)
    name = "num" if num >= latent_dim else "latent_dim"
    check_memory(name, max(num, latent_dim), 4 * num * latent_dim, "latents")
    generator = np.random.default_rng(seed)
    return generator.standard_normal((num, latent_dim), dtype="float32")


def checked_latents(name: str, value: Any) -> np.ndarray:
    """The latents in float64; raises ValueError unless they are some."""
    try:
        latents = np.asarray(value)
    except Exception as error:  # The user's object may raise anything.
        raise ValueError(_expected(name, value)) from error
    if latents.dtype.kind not in "fiu" or not latents.ndim or not latents.size:
        raise ValueError(_expected(name, value))
    with np.errstate(over="ignore"):
        latents = latents.astype("float32").astype("float64")
    if np.ma.isMaskedArray(value) or not np.isfinite(latents).all():
        raise ValueError(_expected(name, value))
    return latents


def _expected(name, value):
    return (
        f"`{name}` must be latents of shape (..., latent_dim), numbers that "
        f"are finite as float32. Received: {name}={shown(value)}"
    )
