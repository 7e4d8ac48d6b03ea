"""The layers of a network, at any depth."""

from collections.abc import Iterator

import keras

from kgan.layers.spectral_normalization import unwrapped


def inner_layers(network: keras.Model) -> list[keras.layers.Layer]:
    """Every layer within a network, at any depth."""
    # Private: Keras 3.15 has no public way into wrappers and layers that hold
    # layers. `layers` exists on models only. This can go once there is one.
    return network._flatten_layers()


def all_layers(network: keras.Model) -> Iterator[keras.layers.Layer]:
    """Every layer of a network and of the models nested in it."""
    for layer in network.layers:
        yield layer
        if unwrapped(layer) is not layer:
            yield unwrapped(layer)
        if isinstance(layer, keras.Model):
            yield from all_layers(layer)
