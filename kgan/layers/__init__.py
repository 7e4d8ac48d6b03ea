"""Layers for a game's networks that Keras does not have."""

from kgan.layers.baking import bake as bake
from kgan.layers.baking import baked as baked
from kgan.layers.grouped_convolution import GroupedConv2D as GroupedConv2D
from kgan.layers.minibatch_standard_deviation import (
    MinibatchStandardDeviation as MinibatchStandardDeviation,
)
from kgan.layers.spectral_normalization import (
    SpectralNormalization as SpectralNormalization,
)
from kgan.layers.spectral_normalization import unwrapped as unwrapped

# Layers known to a game: none adds losses in a call.
KGAN_LAYERS = (
    GroupedConv2D,
    MinibatchStandardDeviation,
    SpectralNormalization,
)
