"""Labels beside the samples, where the networks take them."""

import dataclasses
import warnings
from typing import Any

import keras
import numpy as np

from kgan.labels import (
    check_label_kind,
    checked_labels,
    num_classes,
    takes_labels,
)
from kgan.steps.kinds import kind_of, to_numpy


@dataclasses.dataclass(frozen=True)
class LabelSpec:
    """Whether each sample comes with a label, and which labels there are.

    Args:
        wanted: Whether a network takes labels.
        classes: How many the networks know; `None` if unknown.
    """

    wanted: bool = False
    classes: int | None = None
    # Whether the user was warned that labels are unused; shared by all copies.
    _told: list[bool] = dataclasses.field(
        default_factory=list, compare=False, repr=False
    )

    @classmethod
    def of(cls, *networks: keras.Model) -> "LabelSpec":
        """Returns what the networks take."""
        return cls(any(map(takes_labels, networks)), num_classes(*networks))

    @property
    def most(self) -> int:
        """The largest label that may be."""
        return 2**31 - 1 if self.classes is None else self.classes - 1

    def of_element(self, element: Any, name: str) -> Any:
        """Returns the labels of an element `(x, y)`, `None` if not wanted.

        Raises:
            ValueError: If labels are wanted and the element has none.
        """
        labels = second_of(element)
        if self.wanted and labels is None:
            raise ValueError(
                "A conditional network takes labels, and the elements of the "
                f"data (`{name}`) must be `(samples, labels)`. Received: "
                "elements without labels. Yield both, or build the networks "
                "without `num_classes=`."
            )
        if not self.wanted and labels is not None:
            self.note_unused()
        return labels if self.wanted else None

    def note_unused(self) -> None:
        """Warns, once for each model, of labels that no network takes."""
        if self._told:
            return
        self._told.append(True)
        warnings.warn(
            "The labels of the data are not used, as neither network takes "
            "any. For a conditional GAN build both with `num_classes=`; "
            "otherwise pass the samples alone.",
            stacklevel=2,
        )

    def check(self, labels: Any, num: int, name: str) -> np.ndarray:
        """Returns the labels of `num` samples, int32; or raises ValueError."""
        if hasattr(labels, "shape"):
            labels = to_numpy(labels, label_name(name))
        return checked_labels(labels, num, self.classes, label_name(name))

    def check_static(self, shape: Any, dtype: str, name: str) -> None:
        """Raises ValueError unless batches of such labels fit."""
        check_label_kind(tuple(shape), dtype, label_name(name))

    def beside(self, x: Any, y: Any, name: str = "x") -> np.ndarray | None:
        """Returns the labels `y` of an array `x`, checked, int32.

        Args:
            x: What `fit` was given as such.
            y: Its argument beside.
            name: The argument that `x` is.

        Raises:
            ValueError: If they do not fit, are missing, or `x` brings its own.
        """
        if not self.wanted:
            if y is not None:
                self.note_unused()
            return None
        kind = kind_of(x, name)
        if kind == "array" and y is None:
            raise ValueError(
                "A conditional network takes labels, one integer for each "
                f"sample. Received: `{name}` without labels. Pass "
                "`fit(x, y)` or `validation_data=(x, y)`, or build the "
                "networks without `num_classes=`."
            )
        if kind != "array" and y is not None:
            raise ValueError(
                "`y` belongs to arrays; this data brings its own labels. "
                f"Received: y with a {type(x).__name__}. Yield "
                "`(samples, labels)`, and leave `y` out."
            )
        if kind != "array":
            return None
        samples = to_numpy(x, name)
        return self.check(y, len(samples) if samples.ndim else 0, name)


def label_name(name: str) -> str:
    """The argument that labels come in, beside samples of `name`."""
    return "y" if name == "x" else name


def second_of(element: Any) -> Any:
    """The labels of an element `x` or `(x, y, ...)`, or `None`."""
    if isinstance(element, list | tuple) and len(element) > 1:
        return element[1]
    return None


def parts_of(data: Any) -> tuple[Any, ...]:
    """The parts of a step or batch, `(samples,)` or `(samples, labels)`."""
    if not isinstance(data, list | tuple):
        return (data,)
    return tuple(part for part in data[:2] if part is not None)
