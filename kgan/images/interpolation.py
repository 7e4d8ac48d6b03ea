"""Ways from one latent to another."""

from typing import Any

import numpy as np

from kgan.arguments import check_integer, shown
from kgan.images.normal_latents import checked_latents
from kgan.memory import check_memory

METHODS = ("spherical", "linear")
# Closer to opposite than this, in radians, any great circle would do.
OPPOSITE = 1e-5


def interpolate(
    first: np.ndarray,
    second: np.ndarray,
    num: int,
    method: str = "spherical",
) -> np.ndarray:
    """Returns latents on the way from one to another, both ends included.

    Normal latents of many dimensions lie near a sphere, and the middle of a
    straight line lies far inside of it, where a generator was not trained.
    Hence the way on a great circle,

        q(t) = (sin((1 - t) angle) u + sin(t angle) v) / sin(angle)

    of the directions u and v of both, times a length that goes evenly from
    one's to the other's. Between latents of one length that is White's slerp;
    of others his has no bound where they are nearly opposite.

    Reference: White 2016, "Sampling Generative Networks", section 2.1.

    Example:

    ```python
    first, second = kgan.images.latents(2, latent_dim=128, seed=0)
    way = kgan.images.interpolate(first, second, num=8)  # (8, 128)
    straight = kgan.images.interpolate(first, second, 8, method="linear")
    ```

    Args:
        first: Finite numbers `(..., latent_dim)`, each row a latent.
        second: Likewise, of the same shape.
        num: Number of latents, at least 2.
        method: `"spherical"` or `"linear"`.

    Returns:
        float32 array `(num, ..., latent_dim)`; the first and the last of it
        are `first` and `second` exactly.

    Raises:
        ValueError: If an argument is not as above, or takes more memory than
            there is; on a sphere also if a latent is zero, or two are
            opposite to each other.
    """
    first = checked_latents("first", first)
    second = checked_latents("second", second)
    check_integer("num", num, minimum=2)
    check_method(method)
    if first.shape != second.shape:
        raise ValueError(
            "`first` and `second` must have one shape. Received: "
            f"first.shape={first.shape}, second.shape={second.shape}"
        )
    check_memory("num", num, 16 * num * first.size, "latents")
    shares = np.linspace(0.0, 1.0, num).reshape(num, *[1] * first.ndim)
    way = _on_sphere if method == "spherical" else _on_line
    path = way(first, second, shares).astype("float32")
    path[0], path[-1] = first, second
    return path


def latent_walk(
    latents: np.ndarray, steps: int = 12, method: str = "spherical"
) -> np.ndarray:
    """Returns a closed way through latents, from each on to the next.

    Example:

    ```python
    generator = kgan.sample.load_generator("generator.keras")
    stops = kgan.images.latents(5, generator.input_shape[-1], seed=0)
    walk = kgan.images.latent_walk(stops)  # (60, 64)
    frames = generator.predict(walk, verbose=0)
    kgan.images.save_animation(frames, "walk.gif")
    ```

    Args:
        latents: Finite numbers `(stops, ..., latent_dim)`, at least 2 stops;
            with an axis between, several walks side by side.
        steps: Steps from one stop to the next, at least 1.
        method: `"spherical"` or `"linear"`; see `interpolate`.

    Returns:
        float32 array `(stops * steps, ..., latent_dim)`: every stop, and
        `steps - 1` latents behind it. What follows the last one is the first.

    Raises:
        ValueError: If an argument is not as above, or as of `interpolate`.
    """
    latents = checked_latents("latents", latents)
    check_integer("steps", steps)
    if latents.ndim < 2 or len(latents) < 2:
        raise ValueError(
            "`latents` must be at least 2 stops, of shape (stops, ..., "
            f"latent_dim). Received: latents.shape={latents.shape}"
        )
    nexts = np.roll(latents, -1, axis=0)
    legs = interpolate(latents, nexts, steps + 1, method)[:-1]
    # From (steps, stops, ...) to the steps of each stop in turn.
    return legs.swapaxes(0, 1).reshape(-1, *latents.shape[1:])


def check_method(method: Any) -> None:
    """Raises ValueError unless it is the name of a way."""
    if not isinstance(method, str) or method not in METHODS:
        raise ValueError(
            '`method` must be "spherical" or "linear". Received: '
            f"method={shown(method)}"
        )


def _on_line(first, second, shares):
    return (1.0 - shares) * first + shares * second


def _on_sphere(first, second, shares):
    begin, end = _length(first), _length(second)
    for name, side in (("first", begin), ("second", end)):
        if not side.all():
            raise ValueError(
                f"`{name}` must have no zero latent, which has no direction. "
                f"Received: {name} with {np.count_nonzero(side == 0)}. Take "
                'method="linear".'
            )
    u, v = first / begin, second / end
    # Exact where they are nearly parallel, unlike the cosine's inverse.
    angle = 2.0 * np.arctan2(_length(u - v), _length(u + v))
    if (angle > np.pi - OPPOSITE).any():
        raise ValueError(
            "`first` and `second` must not be opposite to each other, between "
            "which no way on the sphere is the shortest. Received: such a "
            'pair. Take method="linear", or a third latent between them.'
        )
    direction = _sine_ratio(1.0 - shares, angle) * u
    direction = direction + _sine_ratio(shares, angle) * v
    return direction * _on_line(begin, end, shares)


def _sine_ratio(share, angle):
    """Computes `sin(share * angle) / sin(angle)`, and its limit at 0."""
    safe = np.where(angle == 0.0, 1.0, angle)
    return np.where(angle == 0.0, share, np.sin(share * safe) / np.sin(safe))


def _length(vectors):
    return np.linalg.norm(vectors, axis=-1, keepdims=True)
