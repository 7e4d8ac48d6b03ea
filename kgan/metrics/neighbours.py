"""Balls around samples that reach their k-th nearest neighbour."""

from collections.abc import Iterator

import numpy as np

# Entries of a distance matrix at a time: 40 MB, a few times over.
ENTRIES = 5_000_000

# Coordinates of differences at a time, of pairs at the edge of a ball: 32 MB.
COORDINATES = 4_000_000

# Of squared distances by a matrix product, relative to the squared norms;
# their error is a hundredth of it even with 10,000 coordinates.
ROUNDING = 1e-10


def squared_radii(samples: np.ndarray, k: int) -> np.ndarray:
    """Computes each sample's squared distance to its k-th neighbour.

    Args:
        samples: float64 `(num, dim)`; num at least k + 1.
        k: Positive integer. A sample is not its own neighbour, but its copies
            are, at distance 0.

    Returns:
        float64 array `(num,)`.
    """
    from sklearn.neighbors import NearestNeighbors

    nearest = NearestNeighbors(n_neighbors=k).fit(samples - _middle(samples))
    others = nearest.kneighbors(return_distance=False)
    return np.max(
        [_squared_distances(samples, samples, i) for i in others.T], axis=0
    )


def inside(
    points: np.ndarray,
    centres: np.ndarray,
    squared: np.ndarray,
    closed: bool = True,
) -> Iterator[np.ndarray]:
    """Says which points lie in which balls, some points at a time.

    The edge of a ball is where `squared_radii` put it, whatever the rounding
    of matrix products. Points near the edge are measured as it does.

    Args:
        points: float64 `(num_points, dim)`.
        centres: float64 `(num_centres, dim)`.
        squared: Squared radii `(num_centres,)`.
        closed: Whether the balls include their edge. Open ones include their
            centre even if their radius is 0.

    Yields:
        Boolean arrays, `(some, num_centres)`, in the order of the points.
    """
    from sklearn.metrics.pairwise import euclidean_distances

    middle = _middle(centres)
    moved = centres - middle
    scale = ROUNDING * np.sum(moved**2, axis=1)
    rows = max(1, ENTRIES // len(centres))
    for start in range(0, len(points), rows):
        some = points[start : start + rows]
        near = some - middle
        distances = euclidean_distances(near, moved, squared=True)
        slack = scale + ROUNDING * np.sum(near**2, axis=1, keepdims=True)
        edge = np.flatnonzero(np.abs(distances - squared) <= slack)
        step = max(1, COORDINATES // points.shape[1])
        for first in range(0, len(edge), step):
            pairs = edge[first : first + step]
            i, j = np.unravel_index(pairs, distances.shape)
            distances.flat[pairs] = _squared_distances(some[i], centres, j)
        if closed:
            yield distances <= squared
        else:
            yield (distances < squared) | (distances == 0)


def _middle(samples: np.ndarray) -> np.ndarray:
    """Returns about the mean; far from 0, matrix products lose digits.

    It and the features are float32, so that float64 differences are exact.
    """
    return samples.mean(axis=0).astype("float32")


def _squared_distances(
    x: np.ndarray, y: np.ndarray, index: np.ndarray
) -> np.ndarray:
    """Computes those from rows of x to rows of y, without cancellation."""
    step = max(1, COORDINATES // x.shape[1])
    return np.concatenate(
        [
            np.sum((x[i : i + step] - y[index[i : i + step]]) ** 2, axis=1)
            for i in range(0, len(x), step)
        ]
    )
