"""Changes of layers once in an update, and not in their calls."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras

from kgan.layers import MinibatchStandardDeviation, SpectralNormalization
from kgan.layers.nested import inner_layers


@contextlib.contextmanager
def iterated(*networks: keras.Model) -> Iterator[None]:
    """Takes one power iteration of networks' layers, with their update.

    All that the update computes has the kernels and vectors of before it, so
    that replicas agree, and the vectors come one iteration of these further.
    """
    changes = [
        change
        for network in networks
        for layer in inner_layers(network)
        if isinstance(layer, SpectralNormalization)
        for change in layer.state_after_update()
    ]
    yield
    for variable, value in changes:
        variable.assign(value)


def changed_by_calls(model: Any) -> bool:
    """Whether a training call of the discriminator leaves something behind.

    Without, a pass whose updates are dropped is like any other.
    """
    network = model.discriminator
    kept = {
        id(layer.u)
        for layer in inner_layers(network)
        if isinstance(layer, SpectralNormalization)
    }
    return model.discriminator_layer_losses.adds_in_call or any(
        id(v) not in kept for v in network.non_trainable_variables
    )


def joinable(network: keras.Model, batches: list) -> list[list]:
    """Returns the batches that one pass may take as one, in lists.

    All of them in one list; but where the samples of a batch tell on each
    other's outputs, each in its own.
    """
    ties = any(
        isinstance(layer, MinibatchStandardDeviation)
        for layer in inner_layers(network)
    )
    return [[batch] for batch in batches] if ties else [batches]
