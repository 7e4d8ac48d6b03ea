"""Arrays of real numbers, checked."""

import numpy as np
from numpy.typing import ArrayLike


def shown(array: np.ndarray) -> str:
    """Returns an array as text short enough for a message."""
    if not array.ndim:
        return repr(array.item())
    text = np.array2string(array, threshold=8, edgeitems=3, separator=", ")
    return f"{text} of shape {array.shape}" if array.size > 8 else text


def real_array(argument: str, value: ArrayLike) -> np.ndarray:
    """Returns `value` in float64; raises unless it is finite and not empty."""
    if isinstance(value, np.ma.MaskedArray):
        raise ValueError(
            f"`{argument}` must be a plain array, whose numbers all count. "
            f"Received: {argument} of type {type(value).__name__}. Pass "
            f"{argument}.compressed() or fill in what is masked."
        )
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"`{argument}` must be a number or a regular array of numbers; "
            "turn tensors into arrays with "
            "`keras.ops.convert_to_numpy`. "
            f"Received: {argument}={value!r}"
        ) from error
    if array.dtype.kind not in "biuf":
        raise ValueError(
            f"`{argument}` must hold real numbers; convert it to float64. "
            f"Received: {argument}={shown(array)} of dtype {array.dtype}"
        )
    if not array.size:
        raise ValueError(
            f"`{argument}` must hold at least one number. "
            f"Received: {argument}={value!r} of shape {array.shape}"
        )
    array = array.astype("float64")
    if not np.isfinite(array).all():
        raise ValueError(
            f"`{argument}` must be finite; drop NaN and infinity first. "
            f"Received: {argument}={shown(array)}"
        )
    return array
