"""What layers change once in an update, and not in their calls."""

import contextlib
from collections.abc import Iterator

import keras

from kgan.layers import MinibatchStandardDeviation, SpectralNormalization
from kgan.networks import inner_layers


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


def changed_by_calls(network: keras.Model) -> bool:
    """Whether a call in training may leave something behind."""
    kept = {
        id(layer.u)
        for layer in inner_layers(network)
        if isinstance(layer, SpectralNormalization)
    }
    return any(id(v) not in kept for v in network.non_trainable_variables)


def ties_samples(network: keras.Model) -> bool:
    """Whether the samples of a batch tell on each other's outputs."""
    return any(
        isinstance(layer, MinibatchStandardDeviation)
        for layer in inner_layers(network)
    )
