"""Samples to feature vectors: in the compiled step where that is possible."""

import contextlib
import math
from typing import Any

import keras
import numpy as np
from keras import ops

Tensor = Any
Shape = tuple[int | None, ...]

# Samples per call of a function that takes NumPy arrays.
BATCH_SIZE = 256


class Features:
    """Extracts features by `None`, a Keras model or layer, or a function.

    Models and functions of `keras.ops` run inside the compiled step. Any
    other function runs on NumPy arrays when the score is computed. Until then
    the samples are kept.
    """

    def __init__(self, extract: Any):
        if extract is not None and not callable(extract):
            raise ValueError(
                "`features` must be a Keras model, a function of samples "
                "(batch, ...) or None for the raw values. Received: "
                f"features={extract!r}"
            )
        self.extract = extract
        self._in_step: Any = None
        self._sample_shape: Shape = ()
        # Values kept of each sample.
        self.dim = 0

    def build(self, sample_shape: Shape) -> None:
        """Raises ValueError unless the extractor takes such samples."""
        self._sample_shape = sample_shape
        self._in_step = self.extract
        made: Shape | None = None
        if isinstance(self.extract, keras.Layer):
            made = self._spec_of_model()
        elif self.extract is not None:
            # A function of NumPy arrays may raise anything on a symbolic
            # tensor.
            with contextlib.suppress(Exception):
                made = self._spec()
            if made is None:
                self._in_step = None
                self._try_on_arrays()
        kept = sample_shape if made is None else made[1:]
        self.dim = math.prod(n or 0 for n in kept)

    def in_step(self, samples: Tensor) -> Tensor:
        """Rows `(batch, dim)` to keep of a batch of samples."""
        if self._in_step is not None:
            samples = _call(self._in_step, samples)
        rows = ops.shape(samples)[0]
        size = math.prod(samples.shape[1:])
        return ops.cast(ops.reshape(samples, (rows, size)), "float32")

    def after_step(self, rows: np.ndarray) -> np.ndarray:
        """Features `(num, dim)` of the rows that were kept."""
        if self.extract is None or self._in_step is not None:
            return rows
        samples = rows.reshape(len(rows), *self._sample_shape)
        return np.concatenate(
            [
                self._on_arrays(samples[start : start + BATCH_SIZE])
                for start in range(0, len(samples), BATCH_SIZE)
            ]
        )

    def _spec(self) -> Shape:
        symbol = keras.KerasTensor((None, *self._sample_shape), "float32")
        return tuple(_call(self.extract, symbol).shape)

    def _spec_of_model(self) -> Shape:
        takes = getattr(self.extract, "input_shape", None)
        try:
            return self._spec()
        except Exception as error:
            raise ValueError(
                "`features` does not take these samples. Received: samples of "
                f"shape {self._sample_shape}, features={self.extract.name!r}"
                + (f" with input_shape={takes}" if takes else "")
                + ". Put keras.layers.Resizing, Rescaling or Reshape before "
                "it in a keras.Sequential, or pass the model that it was "
                "trained with."
            ) from error

    def _try_on_arrays(self) -> None:
        if None in self._sample_shape:
            return
        shape = tuple(n or 0 for n in self._sample_shape)
        zeros = np.zeros((2, *shape), "float32")
        try:
            self._on_arrays(zeros)
        except ValueError:
            raise
        except Exception as error:
            raise ValueError(
                "`features` failed on a NumPy array, float32 of shape "
                f"{zeros.shape}. Received: features={self.extract!r}, which "
                f"raised {type(error).__name__}: {error}"
            ) from error

    def _on_arrays(self, samples: np.ndarray) -> np.ndarray:
        features = np.asarray(
            ops.convert_to_numpy(_call(self.extract, samples))
        )
        if features.dtype.kind not in "biufV":  # For bfloat16 it is V.
            raise ValueError(
                "`features` must return real numbers. Received: features of "
                f"dtype {features.dtype}"
            )
        features = features.astype("float32")
        if features.ndim < 2 or len(features) != len(samples):
            raise ValueError(
                "`features` must return one row of features for each sample, "
                f"(batch, ...). Received: shape {features.shape} for "
                f"{len(samples)} samples"
            )
        return features.reshape(len(features), -1)


def as_samples(side: str, x: Any) -> Tensor:
    """Converts to a float32 tensor `(batch, ...)`; points get an axis."""
    if isinstance(x, np.ma.MaskedArray):
        # Only NumPy knows the mask: elsewhere masked values would count.
        raise ValueError(
            f"`{side}` must be a plain array: the metric would take in what "
            f"is masked. Received: {side} of type {type(x).__name__}. Pass "
            f"{side}.compressed() or the samples without a masked value."
        )
    try:
        is_array = hasattr(x, "dtype") and hasattr(x, "shape")
        x = x if is_array else np.asarray(x)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"`{side}` must be a regular array of samples (batch, ...). "
            f"Received: {side}={x!r}. Give all samples one shape."
        ) from error
    if not any(kind in str(x.dtype) for kind in ("float", "int", "bool")):
        # Casts drop imaginary parts, or fail in the backend's words.
        raise ValueError(
            f"`{side}` must hold real numbers. Received: {side} of dtype "
            f"{x.dtype}. Convert it to float32."
        )
    if not len(x.shape):
        raise ValueError(
            f"`{side}` must be a batch of samples of shape (batch, ...). "
            f"Received: {side}={x!r}, a single number"
        )
    if len(x.shape) == 1:
        x = x[:, None]  # Points on the line.
    return ops.cast(x, "float32")


def _call(extract: Any, samples: Any) -> Any:
    """Returns only the features, even if there are logits too."""
    if isinstance(extract, keras.Layer):
        features = extract(samples, training=False)
    else:
        features = extract(samples)
    if isinstance(features, dict):
        features = features.get("features", next(iter(features.values())))
    return features[0] if isinstance(features, list | tuple) else features
