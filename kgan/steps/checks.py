"""What real samples must look like, checked as they stream in."""

import contextlib
import dataclasses
import re
import warnings
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from kgan.networks import NOT_NEGATIVE, channels_hint, output_activation
from kgan.steps.shares import UNEVEN, uneven_message

# How a check of this package reads when TensorFlow ran it for a generator.
FROM_PYTHON = re.compile(
    r"ValueError: "
    r"((?:Real samples|Images|The data|Batches of one|A batch of)[^\n]*)"
)
NON_FINITE = "kgan-non-finite"
OUT_OF_RANGE = "kgan-out-of-range"


@dataclasses.dataclass(frozen=True)
class SampleSpec:
    """Shape and range of one sample, as the networks expect it.

    Args:
        shape: Shape without the batch axis; None where any size fits.
        bounded: Whether values must lie in [-1, 1], as images do.
        not_negative: Last activation of a generator that makes no values
            below 0, or nothing; of images the constructor warns.
    """

    shape: tuple[int | None, ...]
    bounded: bool
    not_negative: str = ""

    @classmethod
    def of(
        cls, generator: keras.Model, discriminator: keras.Model
    ) -> "SampleSpec":
        """What the two networks make and take."""
        made, judged = generator.output_shape[1:], discriminator.input_shape[1:]
        activation = output_activation(generator)
        return cls(
            shape=tuple(a or b for a, b in zip(made, judged, strict=True)),
            bounded=len(made) == 3 or activation == "tanh",
            not_negative=activation
            if len(made) != 3 and activation in NOT_NEGATIVE
            else "",
        )

    def check_static(self, shape: tuple, dtype: str) -> None:
        """Raises ValueError unless a batch of `shape` and `dtype` fits."""
        if "float" not in dtype:
            raise ValueError(
                "Real samples must be floating point numbers"
                f"{' in [-1, 1]' if self.bounded else ''}. Received: "
                f"dtype={dtype}. Scale 8-bit images with "
                '`images.astype("float32") / 127.5 - 1`.'
            )
        fits = len(shape) == len(self.shape) + 1 and all(
            want is None or got is None or want == got
            for want, got in zip(self.shape, shape[1:], strict=True)
        )
        if not fits:
            hint = ""
            if len(shape) == len(self.shape):
                hint = (
                    " One axis is missing: the batch axis, which "
                    "`dataset.batch(64)` adds, or the channels, which "
                    "`images[..., None]` adds."
                )
            hint = hint or channels_hint(
                shape[1:], self.shape, "images.transpose(0, 2, 3, 1)"
            )
            raise ValueError(
                "Real samples must match the discriminator's input and the "
                f"generator's output, shape {('batch', *self.shape)}. "
                f"Received: shape={tuple(shape)}.{hint}"
            )

    def check(self, samples: np.ndarray) -> None:
        """Raises ValueError unless the array `samples` fits."""
        self.check_static(samples.shape, str(samples.dtype))
        if samples.size == 0:
            return
        low, high = float(samples.min()), float(samples.max())
        if not np.isfinite([low, high]).all():
            bad = int((~np.isfinite(samples)).sum())
            raise ValueError(non_finite_message(f"{bad} such values"))
        if self.bounded and (low < -1.001 or high > 1.001):
            raise ValueError(out_of_range_message(low, high))
        if self.not_negative and low < 0:
            # Always the same words, so that it is said once.
            warnings.warn(
                f"`generator` ends in {self.not_negative}, which returns no "
                "negative values. Received: real samples below 0. End it in "
                '`activation=None`, or "tanh" for samples in [-1, 1].',
                stacklevel=2,
            )


def non_finite_message(received: str) -> str:
    return (
        "Real samples must be finite, without NaN or infinite values. "
        f"Received: {received}. Drop or repair these samples."
    )


def out_of_range_message(low: float | str, high: float | str) -> str:
    return (
        "Images must lie in [-1, 1]. Received: values from "
        f"{low} to {high}. Scale values in [0, 255] with "
        "`images / 127.5 - 1`, values in [0, 1] with `images * 2 - 1`."
    )


@contextlib.contextmanager
def translate() -> Iterator[None]:
    """Turns a check that failed inside tf.data back into its ValueError."""
    try:
        yield
    except Exception as error:
        text = str(error)
        raised = FROM_PYTHON.search(text)
        if isinstance(error, ValueError):
            raise
        if raised:
            message = raised.group(1)
        elif NON_FINITE in text:
            message = non_finite_message("at least one such value in a batch")
        elif OUT_OF_RANGE in text:
            low, high = text.split(OUT_OF_RANGE)[1].split("|")[1:3]
            message = out_of_range_message(low, high)
        elif UNEVEN in text:
            message = uneven_message(*text.split(UNEVEN)[1].split("|")[1:3])
        else:
            raise
    else:
        return
    raise ValueError(message)


def first_of(element: Any) -> Any:
    """The samples of an element `x` or `(x, y, ...)`."""
    if isinstance(element, dict):
        raise ValueError(
            "Elements of the data must be `x` or `(x, y)`, labels being "
            f"ignored. Received: a dict with keys {sorted(element)}. Pick "
            'the images, as in `dataset.map(lambda row: row["image"])`.'
        )
    if isinstance(element, list | tuple):
        if not element:
            raise ValueError(
                "Elements of the data must be `x` or `(x, y)`. Received: an "
                "empty tuple."
            )
        return element[0]
    return element


def to_numpy(samples: Any) -> np.ndarray:
    """An array of any backend as NumPy."""
    if isinstance(samples, np.ndarray):
        return samples
    if hasattr(samples, "detach"):  # A torch tensor under another backend.
        return samples.detach().cpu().numpy()
    if keras.ops.is_tensor(samples):
        return keras.ops.convert_to_numpy(samples)
    return np.asarray(samples)
