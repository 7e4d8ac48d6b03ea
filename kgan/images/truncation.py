"""Latents that are more likely than most."""

import numpy as np

from kgan.arguments import check_positive, shown
from kgan.images.normal_latents import checked_latents

METHODS = ("resample", "clamp")


def truncate(
    latents: np.ndarray, threshold: float, method: str = "resample"
) -> np.ndarray:
    """Brings the entries of normal latents into [-threshold, threshold].

    A generator draws what it has seen most often from the likeliest latents:
    a lower threshold trades variety for quality.

    Brock et al. draw each entry that lies beyond again until it lies within.
    `"resample"` does so without more random numbers: how far beyond an entry
    lies is itself uniform, and says which draw of the truncated normal takes
    its place. So a seed's latents stay its own, however many there are.
    `"clamp"` moves it to the bound, where many then lie. A generator with
    `num_components` would add the vectors of all of them: do not clamp there.

    Reference: Brock et al. 2019, "Large Scale GAN Training for High Fidelity
    Natural Image Synthesis", section 3.1.

    Example:

    ```python
    drawn = kgan.images.latents(64, latent_dim=128, seed=0)
    likely = kgan.images.truncate(drawn, 0.7)
    ```

    Args:
        latents: Draws of the standard normal `(..., latent_dim)`, finite.
        threshold: Positive finite number.
        method: `"resample"` or `"clamp"`.

    Returns:
        float32 array of the shape of `latents`. Entries within stay as they
        were.

    Raises:
        ValueError: If an argument is not as above.
    """
    latents = checked_latents("latents", latents)
    threshold = check_positive("threshold", threshold)
    if not isinstance(method, str) or method not in METHODS:
        raise ValueError(
            '`method` must be "resample" or "clamp". Received: '
            f"method={shown(method)}"
        )
    result = np.clip(latents, -threshold, threshold)
    if method == "resample":
        beyond = np.abs(latents) > threshold
        result[beyond] = _draws(latents[beyond], threshold)
    bound = _float32_below(threshold)
    return np.clip(result.astype("float32"), -bound, bound)


def _draws(beyond, threshold):
    """Draws from the truncated normal, with the signs of entries beyond."""
    from scipy.special import log_ndtr, ndtr, ndtri

    # Uniform in (0, 1], because the entry lies beyond.
    uniform = np.exp(log_ndtr(-np.abs(beyond)) - log_ndtr(-threshold))
    tail = ndtr(-threshold)
    sizes = -ndtri(tail + uniform * (0.5 - tail))
    return np.copysign(sizes, beyond)


def _float32_below(number):
    """Returns the largest float32 that is at most a positive number."""
    with np.errstate(over="ignore", under="ignore"):
        rounded = np.float32(number)
    # As Python floats: NumPy would compare in float32.
    if float(rounded) > number:
        return np.nextafter(rounded, np.float32(0))
    return rounded
