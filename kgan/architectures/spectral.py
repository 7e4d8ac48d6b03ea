"""Spectral normalization as an option of a network."""

import keras

from kgan.layers import SpectralNormalization


def normalized(layer: keras.Layer, spectral: bool) -> keras.Layer:
    """Returns the layer, wrapped if its kernel should be normalized."""
    return SpectralNormalization(layer) if spectral else layer
