"""PyTorch: why a step has no graph, said once."""

import re
import warnings
import weakref
from collections.abc import Iterator
from typing import Any

import keras

_told: weakref.WeakSet = weakref.WeakSet()
# Marks that Keras adds to the text of an error for bold.
_STYLE = re.compile(r"\x1b\[\d+m")


def warn_once(model: keras.Model, error: Exception) -> None:
    """Warns of steps that run layer by layer, once for each model.

    Args:
        model: A kgan model.
        error: What tracing its step ended in.
    """
    if model in _told:
        return
    _told.add(model)
    warnings.warn(
        "The train step of this model cannot be traced into a graph of "
        "PyTorch. It runs layer by layer, with the same results, and takes "
        f"longer. Received: {_reason(model, error)}. Change that, or compile "
        "with run_eagerly=True to have it so without this warning.",
        stacklevel=2,
    )


def _reason(model: Any, error: Exception) -> str:
    """Names layers that cannot be traced, or the error in one line."""
    drawing = [
        f"{type(layer).__name__} {layer.name!r}"
        for network in model.networks
        for layer in _layers(network)
        if _draws(layer)
    ]
    if drawing:
        # On PyTorch, Keras 3.15 turns each seed into a number for a PyTorch
        # generator. A graph can hold neither (PyTorch 2.13;
        # pytorch/pytorch#88574).
        return (
            f"layers that draw by a seed of Keras, {', '.join(drawing)} "
            "(Dropout without a `seed` can be traced)"
        )
    lines = _STYLE.sub("", str(error)).split("Arguments received")[0].split()
    text = " ".join(lines)[:300].rstrip(".") or "a value that data decides"
    return f"{type(error).__name__}: {text}"


def _layers(layer: Any) -> Iterator[Any]:
    yield layer
    # Models have `layers`, other layers of Keras have none.
    for inner in getattr(layer, "layers", ()):
        yield from _layers(inner)


def _draws(layer: Any) -> bool:
    """Says whether Keras turns the state of a seed into a number."""
    if not hasattr(layer, "seed_generator"):
        return False
    return type(layer) is not keras.layers.Dropout or layer.seed is not None
