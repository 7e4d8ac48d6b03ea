"""Hostile values by kind, and which of them an argument may take."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

Factory = Callable[[], Any]


class Stranger:
    """An object that no argument takes."""

    def __repr__(self):
        return "<a stranger>"


# What every argument is tried with.
ANY: dict[str, Factory] = {
    "None": lambda: None,
    "True": lambda: True,
    "False": lambda: False,
    "empty string": lambda: "",
    "string": lambda: "x",
    "NUL in a string": lambda: "a\0b",
    "surrogate in a string": lambda: "a\ud800b",
    "bytes": lambda: b"x",
    "0": lambda: 0,
    "-1": lambda: -1,
    "10**30": lambda: 10**30,
    "10**400": lambda: 10**400,
    "1.5": lambda: 1.5,
    "1e-50": lambda: 1e-50,
    "-0.0": lambda: -0.0,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "complex": lambda: 1j,
    "np.int64": lambda: np.int64(2),
    "np.float32": lambda: np.float32(0.5),
    "np.bool_": lambda: np.bool_(True),
    "array of rank 0": lambda: np.array(2),
    "array of rank 1": lambda: np.array([2]),
    "empty list": lambda: [],
    "[None]": lambda: [None],
    "empty dict": lambda: {},
    "dict": lambda: {"a": 1},
    "set": lambda: {1},
    "class": lambda: Stranger,
    "lambda": lambda: lambda: None,
    "iterator": lambda: iter(()),
    "layer": lambda: keras.layers.ReLU(),
    "stranger": Stranger,
}


def _ragged():
    return [[1.0, 2.0], [3.0]]


def arrays(shape: Sequence[int]) -> dict[str, Factory]:
    """Arrays that are wrong for samples of `shape`, batch axis first."""

    def full(value, dtype="float32"):
        x = np.linspace(-0.5, 0.5, int(np.prod(shape)), dtype="float64")
        x = x.reshape(shape).astype(dtype)
        if value is not None:
            x[tuple(0 for _ in shape)] = value
        return x

    return {
        "array with NaN": lambda: full(np.nan),
        "array with infinity": lambda: full(np.inf),
        "array that overflows float32": lambda: full(1e300, "float64"),
        "integer array": lambda: full(None, "int64"),
        "boolean array": lambda: full(None, "bool"),
        "complex array": lambda: full(None, "complex64"),
        "object array": lambda: full(None).astype(object),
        "string array": lambda: full(None).astype(str),
        "masked array": lambda: np.ma.masked_greater(full(None), 0.3),
        "empty array": lambda: full(None)[:0],
        "array of one axis more": lambda: full(None)[..., None],
        "array of one axis less": lambda: full(None)[0],
        "wider array": lambda: np.repeat(full(None), 3, axis=-1),
        "ragged list": _ragged,
        "list of strings": lambda: ["x", "y"],
        "array of dates": lambda: full(None, "int64").astype("M8[s]"),
    }


@dataclasses.dataclass(frozen=True)
class Argument:
    """An argument of a callable.

    Args:
        valid: Makes the value of the cases that are about another argument.
        fine: Kinds that are rightly accepted, with the reason.
        more: Further kinds, for this argument alone.
        named: Besides "`name`" and "name=", what names it in an error.
        late: Kinds that are known to be wrong only when training has begun,
            with the reason.
        only: The kinds to try; `None` for all.
        skip: Kinds not to try.
    """

    valid: Factory
    fine: dict[str, str] = dataclasses.field(default_factory=dict)
    more: dict[str, Factory] = dataclasses.field(default_factory=dict)
    named: tuple[str, ...] = ()
    late: dict[str, str] = dataclasses.field(default_factory=dict)
    only: tuple[str, ...] | None = None
    skip: tuple[str, ...] = ()

    def kinds(self) -> dict[str, Factory]:
        kinds = {**ANY, **self.more}
        chosen = kinds if self.only is None else self.only
        return {k: kinds[k] for k in chosen if k not in self.skip}


NUMPY = "an integer of NumPy's is an integer"
DEFAULT = "None is the default"
LARGE = "more than there is means all of it"
LONG = "only the data or the memory sets an end"


def integer(valid, *, minimum=1, optional=False, large="", **options):
    """An integer of at least `minimum`, `None` too where `optional`."""
    fine = {"np.int64": NUMPY}
    if minimum == 0:
        fine["0"] = "it is in the range"
    if optional:
        fine["None"] = DEFAULT
    if large:
        fine |= {"10**30": large, "10**400": large}
    fine |= options.pop("fine", {})
    for kind in options.get("skip", ()):
        fine.pop(kind, None)
    return Argument(lambda: valid, fine, **options)


NUMBERS = {
    "-1": -1,
    "0": 0,
    "-0.0": -0.0,
    "1e-50": 1e-50,
    "np.float32": 0.5,
    "1.5": 1.5,
    "np.int64": 2,
    "10**30": 10**30,
}


def number(valid, fits, *, optional=False, **options):
    """A real number for which `fits` holds; ranges are written once."""
    fine = {
        kind: "it is a number in the range"
        for kind, value in NUMBERS.items()
        if fits(value)
    }
    if optional:
        fine["None"] = DEFAULT
    fine |= options.pop("fine", {})
    return Argument(lambda: valid, fine, **options)


def boolean(valid=False, **options):
    """True or False, and nothing that only looks like them."""
    fine = {"True": "it is a boolean", "False": "it is a boolean"}
    return Argument(lambda: valid, fine | options.pop("fine", {}), **options)


def flag(valid=False, **options):
    """A boolean of Keras's methods, which take 0 and NumPy's for one too."""
    fine = {"0": "Python's False is 0", "np.bool_": "NumPy's boolean"}
    return boolean(valid, fine=fine, **options)


def name(**options):
    """An optional name of a model or a metric."""
    fine = {"None": DEFAULT, "string": "it is a name"}
    fine |= options.pop("fine", {})
    return Argument(lambda: None, fine, **options)


def text(valid, fine=None, **options):
    """A string out of a few."""
    return Argument(lambda: valid, fine or {}, **options)


def path(valid, fine=None, **options):
    """A path of a file or a folder to write."""
    fine = {"string": "it is a path"} if fine is None else fine
    return Argument(valid, fine, **options)


def samples(make, shape=(8, 2), fine=None, **options):
    """An array of samples, batch axis first."""
    more = arrays(shape) | options.pop("more", {})
    return Argument(make, fine or {}, more, **options)


def other(valid, fine=None, **options):
    """Anything else."""
    return Argument(valid, fine or {}, **options)
