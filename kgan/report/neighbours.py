"""The nearest of the data to some samples: whether they are copies."""

import numpy as np

# Pairs of the picture, and entries of a distance matrix at a time: 40 MB.
COLUMNS = 8
ENTRIES = 5_000_000


def nearest(
    samples: np.ndarray, real: np.ndarray
) -> tuple[dict[str, float], np.ndarray | None]:
    """Compares samples with all of the data, by Euclidean distance.

    Args:
        samples: float32 `(n, ...)`.
        real: `(m, ...)`, at least 2.

    Returns:
        The median distance of a sample to the nearest of the data, of as many
        of the data to the nearest other, and `data`, how many there are; and
        images for a grid of 8 columns, the first samples and below them the
        nearest of the data, or `None` of other samples.
    """
    rows = np.linspace(0, len(real) - 1, min(len(samples), len(real)))
    rows = rows.astype(int)
    _, to_others = _nearest(real[rows], real, own=rows)
    indices, distances = _nearest(samples, real)
    numbers = {
        "fake_to_real": float(np.median(distances)),
        "real_to_real": float(np.median(to_others)),
        "data": float(len(real)),
    }
    if samples.ndim != 4 or samples.shape[-1] not in (1, 3):
        return numbers, None
    some = samples[:COLUMNS]
    pairs = [some, np.asarray(real[indices[: len(some)]], "float32")]
    return numbers, np.concatenate(pairs)


def _nearest(points, data, own=None):
    """Finds index and distance of the nearest data to each point."""
    flat = _flat(points)
    best = np.full(len(flat), np.inf)
    indices = np.zeros(len(flat), int)
    each = max(1, ENTRIES // max(1, flat.size))
    for start in range(0, len(data), each):
        part = _flat(data[start : start + each])
        squares = ((flat[:, None] - part[None]) ** 2).sum(axis=2)
        if own is not None:
            for row, index in enumerate(own):
                if start <= index < start + len(part):
                    squares[row, index - start] = np.inf
        # Nothing is near a sample that is not finite.
        squares = np.where(np.isnan(squares), np.inf, squares)
        found = squares.argmin(axis=1)
        nearer = squares.min(axis=1) < best
        best = np.where(nearer, squares.min(axis=1), best)
        indices = np.where(nearer, start + found, indices)
    return indices, np.sqrt(best)


def _flat(samples):
    return np.asarray(samples, "float32").reshape(len(samples), -1)
