"""Argument checks shared by the divergences."""

import numpy as np
from numpy.typing import ArrayLike

from kgan.real_arrays import real_array, shown

# Wide enough for probabilities and covariances that were once float32.
TOLERANCE = 1e-6


def masses(argument: str, value: ArrayLike) -> np.ndarray:
    """Returns `value` in float64; raises unless it is non-negative."""
    array = real_array(argument, value)
    if (array < 0).any():
        raise ValueError(
            f"`{argument}` must not be negative anywhere: a mass or a density "
            f"is at least 0, here the smallest is {array.min()}. "
            f"Received: {argument}={shown(array)}"
        )
    return array


def piles(argument: str, value: ArrayLike) -> np.ndarray:
    """Returns `value` in float64; raises unless it is 1-D with some mass."""
    array = masses(argument, value)
    if array.ndim != 1 or not array.any():
        raise ValueError(
            f"`{argument}` must have one axis and a positive sum. "
            f"Received: {argument}={shown(array)} of shape {array.shape}"
        )
    return array


def distributions(p: ArrayLike, q: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Returns distributions whose shapes match, in float64, summing to 1."""
    first, second = _distribution("p", p), _distribution("q", q)
    # Broadcasting one cell over many would create mass.
    same_cells = first.shape[-1] == second.shape[-1]
    if not same_cells or not _broadcastable(first, second):
        raise ValueError(
            "`p` and `q` must have last axes of one length and leading axes "
            "that broadcast; give both the same cells, with 0 where there is "
            f"no mass. Received: p of shape {first.shape}, q of shape "
            f"{second.shape}"
        )
    return first, second


def densities(p: ArrayLike, q: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Returns non-negative arrays whose shapes broadcast, in float64."""
    first, second = masses("p", p), masses("q", q)
    if not _broadcastable(first, second):
        raise ValueError(
            "`p` and `q` must have shapes that broadcast; evaluate both at "
            f"the same points. Received: p of shape {first.shape}, q of shape "
            f"{second.shape}"
        )
    return first, second


def _distribution(argument: str, value: ArrayLike) -> np.ndarray:
    array = masses(argument, value)
    if not array.ndim:
        raise ValueError(
            f"`{argument}` must have an axis of cells; for a coin pass [1 - "
            f"probability, probability]. Received: {argument}={array}"
        )
    sums = array.sum(axis=-1, keepdims=True)
    off = np.abs(sums - 1)
    if off.max() > TOLERANCE:
        raise ValueError(
            f"`{argument}` must sum to 1 over its last axis, within "
            f"{TOLERANCE}, here the sum is {sums.flat[off.argmax()]}; divide "
            f"it by its sum. Received: {argument}={shown(array)}"
        )
    return array / sums


def _broadcastable(first: np.ndarray, second: np.ndarray) -> bool:
    try:
        np.broadcast_shapes(first.shape, second.shape)
    except ValueError:
        return False
    return True
