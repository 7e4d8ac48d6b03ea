"""Layers that call an operation of the backend in place of Keras's own."""

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras

# `(layer, inputs, ...)` as the layer's own `call` takes them.
Call = Callable[..., Any]
LayerCall = tuple[keras.layers.Layer, Call]


@contextlib.contextmanager
def replaced(calls: Sequence[LayerCall]) -> Iterator[None]:
    """Has each layer do what stands beside it, while the context lasts.

    But for a layer whose user gave it a `call` of its own.
    """
    calls = [pair for pair in calls if "call" not in vars(pair[0])]
    for layer, call in calls:
        # Not by `setattr`, which Keras tracks.
        vars(layer)["call"] = functools.partial(call, layer)
    try:
        yield
    finally:
        for layer, _ in calls:
            vars(layer).pop("call", None)
