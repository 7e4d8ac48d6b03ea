"""The arguments of `fit` and its companions, checked by one table."""

from collections.abc import Callable
from numbers import Integral, Real
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np

from kgan.arguments import LARGEST, shown

Rule = Callable[[str, Any], Any]


def checked(**arguments: Any) -> SimpleNamespace:
    """Returns arguments of `fit` as plain Python values.

    Args:
        **arguments: By the names that `RULES` has.

    Raises:
        ValueError: If one is of another type, or out of its range.
    """
    return SimpleNamespace(
        **{name: RULES[name](name, value) for name, value in arguments.items()}
    )


def check_latents(x: np.ndarray, latent_dim: int) -> None:
    """Raises ValueError unless `x` holds latents `(num, latent_dim)`."""
    if "float" not in x.dtype.name and "int" not in x.dtype.name:
        raise ValueError(
            f"`x` must be latents, numbers. Received: dtype={x.dtype.name}. "
            'Convert them, as with `np.asarray(latents, dtype="float32")`.'
        )
    if x.ndim != 2 or x.shape[1] != latent_dim or len(x) == 0:
        raise ValueError(
            f"`x` must be latents of shape (num, latent_dim={latent_dim}). "
            f"Received: shape={x.shape}. `generate(num)` draws them itself."
        )
    with np.errstate(over="ignore"):
        bad = int((~np.isfinite(x.astype("float32"))).sum())
    if bad:
        raise ValueError(
            "`x` must be latents that are finite as float32. Received: "
            f"{bad} numbers that are not."
        )


def _refusal(name: str, expected: str, value: Any, way_out: str) -> ValueError:
    return ValueError(
        f"`{name}` must be {expected}. Received: {name}={shown(value)}. "
        f"{way_out}"
    )


def _count(least: int, way_out: str, optional: bool = False) -> Rule:
    expected = f"an integer from {least} to {LARGEST}"
    if optional:
        expected += ", or None"

    def rule(name: str, value: Any) -> int | None:
        if value is None and optional:
            return None
        whole = isinstance(value, Integral) and not isinstance(value, bool)
        if not whole or not least <= value <= LARGEST:
            raise _refusal(name, expected, value, way_out)
        return int(value)

    return rule


def _flag(name: str, value: Any) -> bool:
    if isinstance(value, Integral | np.bool_) and value in (0, 1):
        return bool(value)
    raise _refusal(name, "True or False", value, "Pass one of the two.")


def _verbosity(name: str, value: Any) -> str | int:
    if isinstance(value, str) and value == "auto":
        return value
    if isinstance(value, Integral | np.bool_) and value in (0, 1, 2):
        return int(value)
    raise _refusal(
        name,
        '"auto", 0 (silent), 1 (a progress bar) or 2 (a line per epoch)',
        value,
        "Leave it out for a progress bar.",
    )


def _fraction(name: str, value: Any) -> float:
    if value is None:  # As in Keras, a false value means none.
        return 0.0
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not 0 <= value < 1:
        raise _refusal(
            name,
            "a fraction of an array in [0, 1)",
            value,
            "Or pass `validation_data` instead.",
        )
    return float(value)


def _frequency(name: str, value: Any) -> int | list[int]:
    expected = "a positive integer, or a list of the epochs (from 1)"
    way_out = "1 validates after every epoch."
    try:
        if isinstance(value, list | tuple) and value:
            return [_count(1, "")(name, epoch) for epoch in value]
        return _count(1, "")(name, value)
    except ValueError as error:
        raise _refusal(name, expected, value, way_out) from error


def _callbacks(name: str, value: Any) -> Any:
    """Returns the callbacks as a flat list, or the CallbackList."""
    if value is None:
        return []
    given = isinstance(value, keras.callbacks.CallbackList)
    flat = value.callbacks if given else keras.tree.flatten(value)
    for item in flat:
        if not isinstance(item, keras.callbacks.Callback):
            raise _not_a_callback(name, item)
    return value if given else flat


def _not_a_callback(name: str, item: Any) -> ValueError:
    received, way_out = shown(item), "Pass `callbacks=[...]`."
    if isinstance(item, type):
        received = f"the class {item.__name__}"
        way_out = f"Call it: {item.__name__}()."
    elif item is None:
        received, way_out = "None among them", "Leave it out of the list."
    elif callable(item):
        way_out = "Put a function into a keras.callbacks.LambdaCallback."
    return ValueError(
        f"`{name}` must be a list of Keras callbacks, such as those of "
        f"kgan.callbacks, or None. Received: {received}. {way_out}"
    )


_PER_BATCH = _count(1, "Leave it out for 64.", optional=True)
_ALL_OF_IT = _count(1, "Leave it out for all of the data.", optional=True)

RULES: dict[str, Rule] = {
    "batch_size": _PER_BATCH,
    "callbacks": _callbacks,
    "epochs": _count(1, "Call `evaluate` for losses without training."),
    "initial_epoch": _count(0, "Leave it out to begin with the first."),
    "return_dict": _flag,
    "shuffle": _flag,
    "steps": _ALL_OF_IT,
    "steps_per_epoch": _count(
        1, "Leave it out for one pass over the data.", optional=True
    ),
    "validation_batch_size": _PER_BATCH,
    "validation_freq": _frequency,
    "validation_split": _fraction,
    "validation_steps": _ALL_OF_IT,
    "verbose": _verbosity,
}


def refuse_weights(class_weight: Any, sample_weight: Any) -> None:
    """Raises ValueError for weights that Keras's models would take."""
    for name, value in (
        ("class_weight", class_weight),
        ("sample_weight", sample_weight),
    ):
        if value is not None:
            raise ValueError(
                f"`{name}` has no meaning for a GAN's real samples. "
                f"Received: {name}={value!r}. Leave it out; GAN and "
                "NonSaturatingGAN weigh real against fake by `class_prior`."
            )


def require_compiled(model: keras.Model, method: str) -> None:
    """Raises ValueError before `compile`."""
    if not model.compiled:
        raise ValueError(
            f"Call `compile()` before `{method}()`. Received: a "
            f"{type(model).__name__} without optimizers; `gan.compile()` "
            "takes the defaults of its paper."
        )
