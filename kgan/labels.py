"""Labels that networks take: their input, their classes, their checks."""

from typing import Any

import keras
import numpy as np

from kgan.arguments import shown
from kgan.layers import unwrapped

Tensor = Any
# Layers of Keras that take so many different integers, by their attribute.
CLASSES_OF = {
    keras.layers.Embedding: "input_dim",
    keras.layers.CategoryEncoding: "num_tokens",
}


def takes_labels(network: keras.Model) -> bool:
    """Whether a network is conditional: of `[latents or samples, labels]`."""
    return len(network.inputs) == 2


def with_labels(
    network: keras.Model, values: Tensor, labels: Tensor | None
) -> Any:
    """Returns what a network is called with, labels only if it takes them."""
    return [values, labels] if takes_labels(network) else values


def num_classes(*networks: keras.Model) -> int | None:
    """Returns how many classes all the networks know, labels being 0, 1, ...

    Read from the layers, such as an `Embedding`, that the label input goes
    into. `None` where it goes into other layers only, or where no network
    takes labels.
    """
    found = [
        getattr(unwrapped(layer), attribute)
        for network in networks
        if takes_labels(network)
        for layer in network.layers
        for kind, attribute in CLASSES_OF.items()
        if isinstance(unwrapped(layer), kind)
        and _input_of(layer) is network.inputs[1]
    ]
    return min(found) if found else None


def _input_of(layer: keras.layers.Layer) -> Any:
    try:
        return layer.input
    except (AttributeError, ValueError):  # A layer that is never called.
        return None


def check_label_input(name: str, network: keras.Model, first: str) -> None:
    """Raises ValueError unless a network of two inputs takes labels second.

    Args:
        name: The argument that the network is.
        network: It takes two inputs.
        first: What the first input should be.
    """
    expected = (
        f"`{name}` of two inputs must be a Functional model of the list "
        f"[{first}, labels], integer labels of shape (batch,), which begin as "
        '`keras.Input((), dtype="int32")`. Received:'
    )
    if not isinstance(network.input, list | tuple):
        raise ValueError(
            f"{expected} inputs in a {type(network.input).__name__}. Write "
            f"`keras.Model([{first}, labels], outputs)`."
        )
    given = [f"{x.dtype} {tuple(x.shape)}" for x in network.inputs]
    if not _is_label_input(network.inputs[1]):
        way_out = " Swap them." if _is_label_input(network.inputs[0]) else ""
        raise ValueError(f"{expected} {' and '.join(given)}.{way_out}")


def _is_label_input(tensor: Any) -> bool:
    return len(tensor.shape) == 1 and "int" in str(tensor.dtype)


def check_label_kind(shape: tuple, dtype: str, name: str) -> None:
    """Raises ValueError unless labels have such a shape and dtype.

    Args:
        shape: Shape of a batch of labels, or of all of them.
        dtype: Name of their dtype.
        name: The argument that they come from.
    """
    if len(shape) != 1:
        way_out = "Pass one integer for each sample."
        if len(shape) == 2 and shape[1] == 1:
            way_out = "Drop the last axis: `y[:, 0]`."
        elif len(shape) == 2:
            way_out = "Of one-hot labels, take `y.argmax(axis=1)`."
        raise ValueError(
            f"Labels (`{name}`) must be integers of shape (batch,). Received: "
            f"shape={tuple(shape)}. {way_out}"
        )
    if "int" not in dtype:
        raise ValueError(
            f"Labels (`{name}`) must be integers, the numbers of the classes "
            f"from 0. Received: dtype={dtype}. Number the classes, as with "
            '`np.unique(y, return_inverse=True)[1]`, or use `.astype("int32")` '
            "where the values are whole numbers."
        )


def checked_labels(
    labels: Any, num: int | None, classes: int | None, name: str
) -> np.ndarray:
    """Returns labels as int32 `(num,)`; raises ValueError unless they fit.

    Args:
        labels: What was passed as such.
        num: Samples that they belong to; `None` for any number.
        classes: How many there are; `None` if unknown.
        name: The argument that they come from.
    """
    labels = _as_array(labels, name)
    check_label_kind(labels.shape, labels.dtype.name, name)
    if num is not None and len(labels) != num:
        raise ValueError(
            f"Labels (`{name}`) must be one for each sample. Received: "
            f"{len(labels)} labels for {num} samples."
        )
    if len(labels):
        low, high = int(labels.min()), int(labels.max())
        most = 2**31 - 1 if classes is None else classes - 1
        if low < 0 or high > most:
            raise ValueError(labels_message(low, high, most, name))
    return labels.astype("int32", copy=False)


def _as_array(labels: Any, name: str) -> np.ndarray:
    if isinstance(labels, np.ma.MaskedArray):
        raise ValueError(
            f"Labels (`{name}`) must not be masked: each sample has a class. "
            f"Received: {np.ma.count_masked(labels)} masked labels. Fill them "
            "with `.filled(...)`, or drop their samples."
        )
    try:
        return np.asarray(labels)
    except Exception as error:
        raise ValueError(
            f"Labels (`{name}`) must be an array that NumPy can read. "
            f"Received: {type(labels).__name__} ({error}). Pass a NumPy array "
            "of integers."
        ) from error


def labels_message(
    low: int | str, high: int | str, most: int | str, name: str
) -> str:
    """Says that labels lie outside of the classes that the networks know."""
    return (
        f"Labels (`{name}`) must lie in 0 to {most}, as the networks have a "
        f"place for each. Received: labels from {low} to {high}. Number the "
        "classes from 0, or build the networks with more of them "
        "(`num_classes=`)."
    )


def chosen_labels(
    labels: Any, num: int, seed: int | None, generator: keras.Model
) -> np.ndarray | None:
    """Returns the labels of generated samples, int32 `(num,)`.

    Args:
        labels: An integer for all samples, `num` integers, or `None` for
            classes drawn uniformly.
        num: Number of samples.
        seed: Of that draw.
        generator: That makes the samples.

    Returns:
        `None` for a generator that takes no labels.

    Raises:
        ValueError: If the labels do not fit the generator, or it takes none.
    """
    if not takes_labels(generator):
        if labels is not None:
            raise ValueError(
                "`labels` are for a conditional generator, of [latents, "
                f"labels]. Received: labels={shown(labels)} and a generator "
                "of latents alone. Leave them out, or build it with "
                "`num_classes=`."
            )
        return None
    classes = num_classes(generator)
    if labels is not None:
        array = _as_array(labels, "labels")
        if array.ndim == 0:
            array = np.full(num, array)
        return checked_labels(array, num, classes, "labels")
    if classes is None:
        raise ValueError(
            "`labels` must be given: this generator does not show how many "
            "classes it knows, as its label input goes into no "
            "keras.layers.Embedding. Received: labels=None. Pass an integer, "
            "or one for each sample."
        )
    rng = np.random.default_rng(None if seed is None else [int(seed), 1])
    return rng.integers(classes, size=num, dtype="int32")


def rows_of_classes(
    labels: Any, num: int, generator: keras.Model
) -> np.ndarray | None:
    """Returns the label of each row of a picture, int32 `(rows,)`.

    Args:
        labels: Integers, or `None` for all classes of the generator, or for
            as many as there are samples.
        num: Samples of the picture.
        generator: That makes the samples.

    Returns:
        `None` for a generator that takes no labels.

    Raises:
        ValueError: If the labels do not fit the generator, or are more than
            `num`, or if it takes none or does not show its classes.
    """
    classes = num_classes(generator)
    if labels is None:
        if classes is None:
            # No labels, or raises.
            return chosen_labels(None, num, None, generator)
        return np.arange(min(classes, num), dtype="int32")
    labels = _as_array(labels, "labels")
    size = labels.size
    if not 1 <= size <= num:
        raise ValueError(
            "`labels` must be integers, one for each row of a picture of "
            f"`num` samples. Received: {size} labels for num={num}. Pass fewer "
            "labels, or a larger `num`."
        )
    return chosen_labels(np.reshape(labels, -1), size, None, generator)
