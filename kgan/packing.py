"""Samples in packs, joined on their last axis, as a discriminator sees them."""

from typing import Any

import keras
from keras import ops

from kgan.labels import takes_labels

Tensor = Any


def packed(samples: Tensor, packing: int) -> Tensor:
    """Joins each `packing` samples of a batch that follow one another.

    Args:
        samples: `(batch, ..., channels)`; `packing` divides the batch.

    Returns:
        `(batch / packing, ..., packing * channels)`.
    """
    if packing == 1:
        return samples
    _, *inner, channels = ops.shape(samples)
    parted = ops.reshape(samples, (-1, packing, *inner, channels))
    behind = ops.moveaxis(parted, 1, -2)
    return ops.reshape(behind, (-1, *inner, packing * channels))


def unpacked(packs: Tensor, packing: int) -> Tensor:
    """Returns the samples `(batch, ..., channels)` that are in packs."""
    if packing == 1:
        return packs
    _, *inner, channels = ops.shape(packs)
    channels = channels // packing
    parted = ops.reshape(packs, (-1, *inner, packing, channels))
    return ops.reshape(ops.moveaxis(parted, -2, 1), (-1, *inner, channels))


def filled(samples: Tensor, packing: int) -> Tensor:
    """Fills the last pack up with the first samples of the batch."""
    rows = ops.shape(samples)[0]
    if packing == 1 or (isinstance(rows, int) and rows % packing == 0):
        return samples
    full = (rows + packing - 1) // packing * packing
    return ops.take(samples, ops.arange(full, dtype="int32") % rows, axis=0)


def packed_shape(shape: tuple, packing: int) -> tuple:
    """Returns the shape of a pack of samples of such a shape."""
    return (*shape[:-1], shape[-1] and packing * shape[-1])


def check_no_labels(packing: int, *networks: keras.Model) -> None:
    """Raises ValueError for packs of samples with labels."""
    if packing > 1 and any(takes_labels(network) for network in networks):
        names = [n.name for n in networks if takes_labels(n)]
        raise ValueError(
            "A pack of samples has no one label. Received: "
            f"packing={packing} with networks that take labels, "
            f"{', '.join(names)}. Pass packing=1, or networks without labels."
        )
