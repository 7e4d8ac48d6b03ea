"""Layers that call an operation of the backend in place of Keras's own."""

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras

from kgan.layers.nested import all_layers

# `(layer, inputs, ...)` as the layer's own `call` takes them.
Call = Callable[..., Any]
LayerCall = tuple[keras.layers.Layer, Call]


def layer_calls(
    model: Any, layer_call: Callable[[keras.layers.Layer], Call | None]
) -> list[LayerCall]:
    """Returns the layers of all networks that have a faster `call`, with it.

    Args:
        model: A kgan model.
        layer_call: What a layer does instead, or `None`.
    """
    return [
        (layer, call)
        for layer in _layers(model)
        if (call := layer_call(layer)) is not None
    ]


def convolves(model: Any) -> bool:
    """Returns whether a network has a layer with a kernel of pixels."""
    return any(hasattr(layer, "kernel_size") for layer in _layers(model))


def _layers(model: Any) -> Iterator[keras.layers.Layer]:
    for network in model.networks:
        yield from all_layers(network)


@contextlib.contextmanager
def replaced(calls: Sequence[LayerCall]) -> Iterator[None]:
    """Has each layer do what stands beside it, while the context lasts.

    But for a layer whose user replaced its `call`.
    """
    calls = [pair for pair in calls if "call" not in vars(pair[0])]
    for layer, call in calls:
        # Not by `setattr`, which Keras 3.15 tracks. There is no public way to
        # replace a layer's `call`.
        vars(layer)["call"] = functools.partial(call, layer)
    try:
        yield
    finally:
        for layer, _ in calls:
            vars(layer).pop("call", None)
