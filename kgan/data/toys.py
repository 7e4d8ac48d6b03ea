"""Toy distributions of one or two dimensions."""

import numpy as np

from kgan.arguments import check_integer
from kgan.data.arguments import check_positive_integer, check_seed, check_spread
from kgan.data.mixture import Mixture

# Two coordinates each, held in memory.
MOST_MODES = 10**6


def ring_of_gaussians(
    num_modes: int = 8,
    radius: float = 2.0,
    standard_deviation: float = 0.02,
) -> Mixture:
    """Spaces Gaussians evenly on a circle, the usual test of mode collapse.

    Args:
        num_modes: Positive integer; the first centre is `(radius, 0)`.
        radius: Float, at least 0.
        standard_deviation: Float, at least 0.

    Returns:
        A 2-D `Mixture` named `"ring"`.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> ring_of_gaussians().sample(1000).shape
        (1000, 2)

    Reference:
        Metz et al. (2017), https://arxiv.org/abs/1611.02163
    """
    check_integer("num_modes", num_modes, maximum=MOST_MODES)
    check_spread("radius", radius)
    angles = 2 * np.pi * np.arange(num_modes) / num_modes
    centres = radius * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    return Mixture(centres, standard_deviation, "ring")


def grid_of_gaussians(
    side: int = 5, spacing: float = 2.0, standard_deviation: float = 0.05
) -> Mixture:
    """Puts Gaussians on a square grid around the origin.

    Args:
        side: Positive integer; there are `side ** 2` modes.
        spacing: Float, at least 0, between neighbouring centres. With the
            defaults the centres are at -4, -2, 0, 2 and 4 on both axes.
        standard_deviation: Float, at least 0.

    Returns:
        A 2-D `Mixture` named `"grid"`.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> grid_of_gaussians().num_modes
        25

    Reference:
        Srivastava et al. (2017), https://arxiv.org/abs/1705.07761
    """
    check_integer("side", side, maximum=int(MOST_MODES**0.5))
    check_spread("spacing", spacing)
    axis = spacing * (np.arange(side) - (side - 1) / 2)
    centres = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
    return Mixture(centres.reshape(-1, 2), standard_deviation, "grid")


def gaussian_pair(
    distance: float = 4.0, standard_deviation: float = 0.5
) -> Mixture:
    """Makes two 1-D Gaussians, simple enough to plot a whole GAN.

    Args:
        distance: Float, at least 0, between the centres. They lie at
            `-distance / 2` and `distance / 2`.
        standard_deviation: Float, at least 0.

    Returns:
        A 1-D `Mixture` named `"gaussian_pair"`; samples are `(num, 1)`.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> gaussian_pair(distance=6.0).centres.tolist()
        [[-3.0], [3.0]]
    """
    check_spread("distance", distance)
    centres = [[-distance / 2], [distance / 2]]
    return Mixture(np.array(centres), standard_deviation, "gaussian_pair")


def swiss_roll(num: int, noise: float = 0.25, seed: int = 0) -> np.ndarray:
    """Samples the 2-D spiral of the WGAN-GP experiments.

    Args:
        num: Positive integer, the number of samples.
        noise: Float, at least 0, the standard deviation of the noise before
            the spiral is scaled down to about [-2, 2].
        seed: Non-negative integer. The same seed gives the same samples.

    Returns:
        Float32 array of shape `(num, 2)`.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> swiss_roll(1000).shape
        (1000, 2)

    Reference:
        Gulrajani et al. (2017), https://arxiv.org/abs/1704.00028; the
        division by 7.5 is theirs.
    """
    check_positive_integer("num", num)
    check_spread("noise", noise)
    # What NumPy's legacy generator takes, which scikit-learn draws from.
    check_seed(seed, maximum=2**32 - 1)
    from sklearn.datasets import make_swiss_roll

    points, _ = make_swiss_roll(num, noise=noise, random_state=seed)
    return (points[:, [0, 2]] / 7.5).astype("float32")
