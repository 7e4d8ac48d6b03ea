"""Facts of training data before any of it is read."""

import zlib
from typing import Any

import numpy as np

from kgan.steps.checks import first_of
from kgan.steps.kinds import kind_of
from kgan.steps.shares import Share

ROWS = 1024  # More of a large array would not be worth the time.
WHOLE_BELOW = 2**24  # Bytes.


def data_facts(
    x: Any,
    per_step: int,
    batch_size: int | None,
    steps_per_epoch: int | None,
    shuffle: bool,
    share: Share,
    labels: np.ndarray | None = None,
) -> dict[str, Any]:
    """Facts by which to tell whether a run goes on with the same data.

    Args:
        x: Training data, arrays as NumPy's.
        per_step: Batches per step.
        batch_size: As given to `fit`.
        steps_per_epoch: As given to `fit`.
        shuffle: As given to `fit`.
        share: Part of each batch that this process trains on. Of data that
            each process has for itself, no more than its kind is a fact.
        labels: Of an array, where a network takes them.

    Returns:
        Values of JSON, by names of `kgan.run_facts.ARGUMENTS`.
    """
    kind = kind_of(x)
    facts: dict[str, Any] = {"kind": kind}
    if not share.whole:
        return facts
    if kind in ("array", "pydataset"):
        facts["shuffle"] = shuffle
    facts |= _OF_KIND[kind](x)
    if kind == "array":
        batch_size = batch_size or 64
        whole_pass = len(x) // (per_step * batch_size)
        facts["batch_size"] = batch_size
        if labels is not None and facts["checksum"] is not None:
            facts["checksum"] = zlib.crc32(labels.tobytes(), facts["checksum"])
        steps_per_epoch = steps_per_epoch or whole_pass
    facts["steps_per_epoch"] = steps_per_epoch
    return facts


def _of_array(x: np.ndarray) -> dict[str, Any]:
    return {"samples": len(x), "checksum": _checksum(x)}


def _of_dataset(x: Any) -> dict[str, Any]:
    shape = getattr(first_of(x.element_spec), "shape", None)
    rows = shape[0] if shape is not None and shape.rank else None
    return {"batches": int(x.cardinality()), "batch_size": rows}


def _of_py_dataset(x: Any) -> dict[str, Any]:
    return {"batches": x.num_batches}


def _of_loader(x: Any) -> dict[str, Any]:
    try:
        samples = len(x.dataset)
    except TypeError:
        samples = None
    return {"samples": samples, "batch_size": x.batch_size}


def _of_generator(x: Any) -> dict[str, Any]:
    del x
    return {}


_OF_KIND = {
    "array": _of_array,
    "tf.data": _of_dataset,
    "pydataset": _of_py_dataset,
    "loader": _of_loader,
    "generator": _of_generator,
}


def _checksum(x: np.ndarray) -> int | None:
    """Computes CRC-32 of the shape and of the samples as float32.

    Of a large array, of rows at equal distances.
    """
    if x.dtype.kind not in "fV" or x.dtype.names:
        return None  # Refused later, with the reason.
    if x.nbytes > WHOLE_BELOW:
        x = x[np.linspace(0, len(x) - 1, min(ROWS, len(x))).astype(int)]
    with np.errstate(over="ignore"):
        samples = np.ascontiguousarray(x, dtype="<f4")
    return zlib.crc32(samples.tobytes(), zlib.crc32(repr(x.shape).encode()))
