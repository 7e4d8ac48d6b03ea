"""Shared parts of the metrics: features, their store, the checks."""

import math
import warnings
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from kgan.arguments import check_integer, check_text
from kgan.metrics.feature_store import FeatureStore
from kgan.metrics.features import Features, as_samples

Tensor = Any
Result = float | dict[str, float]


class NotFiniteError(ValueError):
    """Says that samples, or their features, hold NaN or infinity."""


class SampleMetric(keras.metrics.Metric):
    """Compares two sets of samples: the base of the metrics.

    `update_state` keeps the features of the samples. `result` passes them all
    to `compute` as NumPy arrays, so the score depends on neither the batch
    size nor the backend. In `compile(metrics=[...])` the compiled step
    computes the features, and keeps them in variables that replicas add up.
    The score is computed once, at the end of `evaluate`.

    Args:
        features: See `FrechetDistance`.
        num_samples: Positive integer, or `None` for all. Only the first
            `num_samples` samples of each set count. In `compile`, on TensorFlow
            and JAX, `None` uses the first 10,000 and warns if there are more.
        name: String. If the result is a dict, it is the prefix of its names.
        dtype: Dtype of the features: float32 whatever Keras computes in.
    """

    result_names: tuple[str, ...] = ()
    default_name = ""
    compares: tuple[str, ...] = ("real", "fake")

    def __init__(
        self,
        features: Any = None,
        num_samples: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        if name is not None:
            check_text("name", name, "the name of a metric")
        super().__init__(name=name or self.default_name, dtype="float32")
        del dtype
        if num_samples is not None:
            num_samples = check_integer("num_samples", num_samples)
            if num_samples < self.required_samples:
                raise ValueError(
                    f"`num_samples` must be at least {self.required_samples} "
                    f"for {type(self).__name__} with these settings. Received: "
                    f"num_samples={num_samples}"
                )
        self.num_samples = num_samples
        self.features = features
        self._features = Features(features)
        self._stores = {
            side: FeatureStore(num_samples) for side in self.compares
        }
        self._shape: tuple[int | None, ...] | None = None

    @property
    def required_samples(self) -> int:
        """The fewest samples of each set that the metric is defined for."""
        return 2

    def compute(self, *args: Any, **kwargs: Any) -> Result:
        """Scores float64 features, `(num, dim)` for each of `compares`."""
        raise NotImplementedError("A metric defines compute.")

    def build(self, real_shape: Sequence, fake_shape: Sequence | None = None):
        """Makes the variables of the compiled step; `compile` calls it.

        Args:
            real_shape: Shape of a batch of samples, the batch axis `None`.
            fake_shape: The same. The sets may differ in number only.

        Raises:
            ValueError: If the features do not take samples of this shape.
        """
        self._check_shape(tuple(real_shape)[1:])
        if keras.backend.backend() == "torch":
            return  # Every step is eager: nothing has to be preallocated.
        if not self._features.dim:
            raise ValueError(
                "A metric in `compile` needs samples and features of a known "
                f"size. Received: samples of shape {self._shape}. Give the "
                "generator a fixed output shape, or `features` that end in "
                "keras.layers.GlobalAveragePooling2D()."
            )
        for side, store in self._stores.items():
            store.allocate(self, side, self._features.dim)

    def update_state(
        self, real: Tensor, fake: Tensor, sample_weight: Any = None
    ) -> None:
        """Adds samples to the two sets.

        Args:
            real: `(batch, ...)`; images NHWC in [-1, 1]; `(batch,)` for
                points on the line.
            fake: The same. The two batches may differ in size.
            sample_weight: Must be `None`.

        Raises:
            ValueError: If the shapes of the samples differ from each other,
                from earlier batches or from what the features take.
        """
        if sample_weight is not None:
            raise ValueError(
                f"{type(self).__name__} compares sets of equal samples. "
                f"Received: sample_weight={sample_weight!r}. Leave it out."
            )
        batches = {
            side: as_samples(side, x)
            for side, x in (("real", real), ("fake", fake))
        }
        shapes = {side: tuple(x.shape)[1:] for side, x in batches.items()}
        if shapes["real"] != shapes["fake"]:
            raise ValueError(
                "`real` and `fake` must hold samples of one shape. Received: "
                f"real samples of shape {shapes['real']}, fake samples of "
                f"shape {shapes['fake']}"
            )
        self._check_shape(shapes["real"])
        for side, store in self._stores.items():
            store.add(self._features.in_step(batches[side]))

    def result(self) -> Result:
        """Computes the score of all samples since the last `reset_state`.

        Returns:
            Float, or a dict of named floats.

        Raises:
            ValueError: If there are too few samples, or if features are not
                finite (`kgan.metrics.NotFiniteError`).
        """
        sets = [self._held(side) for side in self.compares]
        result = self.compute(*sets)
        if not isinstance(result, dict):
            return float(result)
        return {self._key(name): float(x) for name, x in result.items()}

    def keys(self) -> list[str]:
        """Returns the names of the result in the logs of `evaluate`."""
        return [self._key(name) for name in self.result_names] or [self.name]

    @property
    def counts(self) -> dict[str, int]:
        """Counts the real and fake samples behind the score."""
        return {side: len(store.read()) for side, store in self._stores.items()}

    def reset_state(self) -> None:
        """Forgets all samples."""
        super().reset_state()
        for store in self._stores.values():
            store.forget()

    def _held(self, side: str) -> np.ndarray:
        store = self._stores[side]
        held = store.read()
        if store.overflowed():
            warnings.warn(
                f"{self.name} used the first {len(held):,} of "
                f"{store.seen():,} {side} samples. Pass num_samples= to say "
                "how many to use.",
                stacklevel=3,
            )
        if len(held) < self.required_samples:
            raise ValueError(
                f"{type(self).__name__} needs at least "
                f"{self.required_samples:,} {side} samples with these "
                f"settings. Received: {len(held):,}. Bring more samples."
            )
        rows = self._features.after_step(held)
        if not np.isfinite(rows).all():
            raise NotFiniteError(
                f"{type(self).__name__} is not defined for samples with NaN or "
                f"infinity. Received: {_bad_rows(rows):,} of {len(rows):,} "
                f"{side} samples whose values or features are not finite. "
                + _WAY_OUT[side]
            )
        return rows.astype("float64")

    def _check_shape(self, shape: tuple[int | None, ...]) -> None:
        if self._shape is None:
            self._features.build(shape)
            self._shape = shape
        elif not _fits(shape, self._shape):
            raise ValueError(
                f"{type(self).__name__} was built for samples of shape "
                f"{self._shape}. Received: samples of shape {shape}. Use "
                "another metric object for other samples."
            )

    def _key(self, name: str) -> str:
        return name if self.name == self.default_name else f"{self.name}_{name}"

    def get_config(self) -> dict:
        return {
            # The object itself: Keras then keeps a model that two metrics share
            # as one.
            "features": self.features,
            "num_samples": self.num_samples,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict) -> "SampleMetric":
        for key in ("features", "classifier"):
            if isinstance(config.get(key), dict):
                value = keras.saving.deserialize_keras_object(config[key])
                config = {**config, key: value}
        return cls(**config)

    def save_own_variables(self, store: dict) -> None:
        """Saves nothing: samples belong to one evaluation."""

    def load_own_variables(self, store: dict) -> None:
        """Loads nothing."""


_WAY_OUT = {
    "real": "Mend the data.",
    "fake": "The generator has diverged: lower its learning rate or clip, and "
    "see kgan.callbacks.TerminateOnNaN.",
}


def _fits(shape: tuple, built: tuple) -> bool:
    return len(shape) == len(built) and all(
        a is None or b is None or a == b
        for a, b in zip(shape, built, strict=True)
    )


def _bad_rows(rows: np.ndarray) -> int:
    finite = np.isfinite(rows).reshape(len(rows), math.prod(rows.shape[1:]))
    return int((~finite.all(axis=1)).sum())
