"""Checks of real samples as they stream in."""

import contextlib
import dataclasses
import warnings
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from kgan.backend.python_errors import original, recorded
from kgan.labels import labels_message
from kgan.networks import NOT_NEGATIVE, channels_hint, output_activation
from kgan.steps.labels import LabelSpec, label_name
from kgan.steps.shares import UNEVEN, UNPACKED, uneven_message

NON_FINITE = "kgan-non-finite"
OUT_OF_RANGE = "kgan-out-of-range"
LABELS = "kgan-labels"
UNPAIRED = "kgan-unpaired"


@dataclasses.dataclass(frozen=True)
class SampleSpec:
    """Shape and range of one sample, as the networks expect it.

    Args:
        shape: Shape without the batch axis; None where any size fits.
        bounded: Whether values must lie in [-1, 1], as images do.
        not_negative: Last activation of a generator that makes no values
            below 0, or nothing; of images the constructor warns.
        name: The argument that the samples come from.
        labels: Which labels come with the samples.
    """

    shape: tuple[int | None, ...]
    bounded: bool
    not_negative: str = ""
    name: str = "x"
    labels: LabelSpec = dataclasses.field(default_factory=LabelSpec)

    @classmethod
    def of(
        cls,
        generator: keras.Model,
        discriminator: keras.Model | None,
        packing: int = 1,
    ) -> "SampleSpec":
        """Reads what the two networks make and take, `packing` joined."""
        made = judged = generator.output_shape
        networks = [generator]
        if discriminator is not None:
            judged = discriminator.inputs[0].shape
            judged = (*judged[:-1], judged[-1] and judged[-1] // packing)
            networks.append(discriminator)
        activation = output_activation(generator)
        return cls(
            shape=tuple(
                a or b for a, b in zip(made[1:], judged[1:], strict=True)
            ),
            bounded=len(made) == 4 or activation == "tanh",
            not_negative=activation
            if len(made) != 4 and activation in NOT_NEGATIVE
            else "",
            labels=LabelSpec.of(*networks),
        )

    def named(self, name: str) -> "SampleSpec":
        """The same for the samples of another argument."""
        return dataclasses.replace(self, name=name)

    def check_static(self, shape: tuple, dtype: str) -> None:
        """Raises ValueError unless a batch of `shape` and `dtype` fits."""
        if "float" not in dtype:
            raise ValueError(
                f"Real samples (`{self.name}`) must be floating point numbers"
                f"{' in [-1, 1]' if self.bounded else ''}. Received: "
                f"dtype={dtype}. {_conversion(dtype)}"
            )
        fits = len(shape) == len(self.shape) + 1 and all(
            want is None or got is None or want == got
            for want, got in zip(self.shape, shape[1:], strict=True)
        )
        if not fits or 0 in shape[1:]:
            raise ValueError(
                f"Real samples (`{self.name}`) must match the discriminator's "
                "input and the generator's output, shape "
                f"{('batch', *self.shape)}. Received: shape={tuple(shape)}."
                f"{self._hint(tuple(shape))}"
            )

    def _hint(self, shape: tuple) -> str:
        if len(shape) == len(self.shape):
            return (
                " One axis is missing: the batch axis, which "
                "`dataset.batch(64)` adds, or the channels, which "
                "`images[..., None]` adds."
            )
        return channels_hint(
            shape[1:], self.shape, "images.transpose(0, 2, 3, 1)"
        )

    def check(self, samples: np.ndarray) -> None:
        """Raises ValueError unless the array `samples` fits."""
        self.check_static(samples.shape, samples.dtype.name)
        if samples.size == 0:
            return
        low, high = _range(samples)
        if not np.isfinite([low, high]).all():
            bad = int((~np.isfinite(samples)).sum())
            received = f"{bad} such values"
            raise ValueError(non_finite_message(received, self.name))
        with np.errstate(over="ignore"):
            inside = np.isfinite(np.array([low, high], "float32")).all()
        if not inside:
            received = f"values from {low} to {high} of {samples.dtype}"
            raise ValueError(non_finite_message(received, self.name))
        if self.bounded and (low < -1.001 or high > 1.001):
            raise ValueError(out_of_range_message(low, high, self.name))
        if self.not_negative and low < 0:
            # Always the same text, so that it is printed once.
            warnings.warn(
                f"`generator` ends in {self.not_negative}, which returns no "
                "negative values. Received: real samples below 0. End it in "
                '`activation=None`, or "tanh" for samples in [-1, 1].',
                stacklevel=2,
            )


def _range(samples: np.ndarray) -> tuple[float, float]:
    """Returns least and largest value, or NaN; copies nothing."""
    parts: Any = [samples]
    if not np.issubdtype(samples.dtype, np.floating):
        # Types that are not NumPy's (bfloat16, float8) may lack a minimum.
        rows = max(1, 2**20 * len(samples) // samples.size)
        parts = (
            samples[i : i + rows].astype("float32")
            for i in range(0, len(samples), rows)
        )
    ends = [(float(part.min()), float(part.max())) for part in parts]
    lows, highs = np.transpose(ends)
    return float(lows.min()), float(highs.max())


def _conversion(dtype: str) -> str:
    if "int" in dtype or "bool" in dtype:
        return 'Scale 8-bit images with `images.astype("float32") / 127.5 - 1`.'
    if "complex" in dtype:
        return "Pass its real and imaginary parts as two features."
    return 'Convert them, as with `np.asarray(samples, dtype="float32")`.'


def non_finite_message(received: str, name: str) -> str:
    return (
        f"Real samples (`{name}`) must be finite, without NaN or infinite "
        f"values, also as float32. Received: {received}. Drop or repair these "
        "samples."
    )


def out_of_range_message(low: float | str, high: float | str, name: str) -> str:
    return (
        f"Images (`{name}`) must lie in [-1, 1]. Received: values from "
        f"{low} to {high}. Scale values in [0, 255] with "
        "`images / 127.5 - 1`, values in [0, 1] with `images * 2 - 1`."
    )


@contextlib.contextmanager
def translate() -> Iterator[None]:
    """Turns an error of TensorFlow's back into what was raised inside.

    That is a check of this package, or the exception of the user's own code:
    the very object, of whatever type.
    """
    with recorded() as errors:
        try:
            yield
            return
        except Exception as error:
            raised = original(error, errors) or _failed_check(error)
            if raised is None:
                raise
        context = raised.__context__
        try:
            raise raised
        finally:
            # Python has replaced the user's error by TensorFlow's.
            raised.__context__ = context


def _failed_check(error: Exception) -> ValueError | None:
    """Makes the ValueError of a check that failed inside tf.data."""
    text = str(error)
    if isinstance(error, ValueError):
        return None
    if NON_FINITE in text:
        (name,) = _marked(text, NON_FINITE, 1)
        received = "at least one such value in a batch"
        return ValueError(non_finite_message(received, name))
    if OUT_OF_RANGE in text:
        name, low, high = _marked(text, OUT_OF_RANGE, 3)
        return ValueError(out_of_range_message(low, high, name))
    if LABELS in text:
        name, low, high, most = _marked(text, LABELS, 4)
        return ValueError(labels_message(low, high, most, label_name(name)))
    if UNPAIRED in text:
        name, labels, rows = _marked(text, UNPAIRED, 3)
        return ValueError(
            f"Labels (`{label_name(name)}`) must be one for each sample. "
            f"Received: {labels} labels for {rows} samples."
        )
    if UNEVEN in text:
        sizes = _marked(text, UNEVEN, 2)
        return ValueError(uneven_message(*sizes, packs=False))
    if UNPACKED in text:
        sizes = _marked(text, UNPACKED, 2)
        return ValueError(uneven_message(*sizes, packs=True))
    return None


def _marked(text: str, marker: str, count: int) -> list[str]:
    return text.split(marker)[1].split("|")[1 : count + 1]


def first_of(element: Any) -> Any:
    """The samples of an element `x` or `(x, y, ...)`."""
    if isinstance(element, dict):
        raise ValueError(
            "Elements of the data must be `x` or `(x, y)`. Received: a dict "
            f"with keys {sorted(element)}. Pick the images, as in "
            '`dataset.map(lambda row: row["image"])`, and for a conditional '
            "network the labels beside them."
        )
    if isinstance(element, list | tuple):
        if not element:
            raise ValueError(
                "Elements of the data must be `x` or `(x, y)`. Received: an "
                "empty tuple."
            )
        return element[0]
    return element
