"""Tells kinds of data apart, and makes arrays of any library NumPy's."""

from types import GeneratorType
from typing import Any

import keras
import numpy as np


def kind_of(x: Any, name: str = "x") -> str:
    """Names what `x` is, without importing the library that made it.

    Args:
        x: What `fit` or `evaluate` was given.
        name: The argument's name.

    Returns:
        `"array"`, `"tf.data"`, `"pydataset"`, `"loader"` or `"generator"`.

    Raises:
        ValueError: If it is none of these.
    """
    parents = [
        f"{parent.__module__}.{parent.__name__}" for parent in type(x).__mro__
    ]
    if any(
        p.startswith("tensorflow.") and p.endswith(".DatasetV2")
        for p in parents
    ):
        return "tf.data"
    if any(
        p.startswith("torch.utils.data") and p.endswith("DataLoader")
        for p in parents
    ):
        return "loader"
    if isinstance(x, keras.utils.PyDataset):
        return "pydataset"
    if isinstance(x, GeneratorType) or (
        hasattr(x, "__next__") and not hasattr(x, "shape")
    ):
        return "generator"
    is_class = isinstance(x, type)
    if not is_class and (hasattr(x, "shape") or hasattr(x, "__array__")):
        return "array"
    received = f"{type(x).__module__}.{type(x).__name__}"
    if is_class or callable(x):
        received += f", {getattr(x, '__name__', x)!r}, which is not called"
    raise ValueError(
        f"`{name}` must be an array, a tf.data.Dataset, a "
        "keras.utils.PyDataset, a Python generator or a torch DataLoader of "
        f"batches of real samples. Received: {received}"
    )


def arrays_in_numpy(x: Any, name: str = "x") -> Any:
    """Returns the same data; an array of any library as NumPy's.

    Raises:
        ValueError: If `x` is no data, or an array with values missing.
    """
    return to_numpy(x, name) if kind_of(x, name) == "array" else x


def to_numpy(samples: Any, name: str = "x") -> np.ndarray:
    """An array of any library as NumPy's, without a copy where it can be.

    Raises:
        ValueError: If it is masked or sparse, or NumPy cannot read it.
    """
    if isinstance(samples, np.ma.MaskedArray):
        raise ValueError(
            f"`{name}` must have all of its values: a mask would be ignored. "
            f"Received: a masked array with {np.ma.count_masked(samples)} "
            "masked values. Fill them with `.filled(...)`, or drop their "
            "samples with `np.ma.compress_rows`."
        )
    if hasattr(samples, "shape") and len(samples.shape) == 0:
        raise ValueError(
            f"An array of samples (`{name}`) must have its batch axis first. "
            f"Received: shape=(), the single number {samples!r}."
        )
    if isinstance(samples, np.ndarray):
        return np.asarray(samples)  # Of a subclass, takes the plain array.
    if hasattr(samples, "toarray"):
        raise ValueError(
            f"`{name}` must be a dense array. Received: "
            f"{type(samples).__module__}.{type(samples).__name__}. Pass what "
            "its `.toarray()` returns."
        )
    try:
        return _converted(samples)
    except Exception as error:
        raise ValueError(
            f"`{name}` must be an array that NumPy can read. Received: "
            f"{type(samples).__module__}.{type(samples).__name__} ({error}). "
            "Pass a NumPy array."
        ) from error


def _converted(samples: Any) -> np.ndarray:
    if hasattr(samples, "detach"):  # A torch tensor, on any backend.
        samples = samples.detach().cpu()
        # NumPy has no such type, and the networks take float32.
        half = str(samples.dtype) == "torch.bfloat16"
        return (samples.float() if half else samples).numpy()
    if keras.ops.is_tensor(samples):
        return np.asarray(keras.ops.convert_to_numpy(samples))
    return np.asarray(samples)
