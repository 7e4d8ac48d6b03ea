"""Layers that Keras has not, for networks of a game."""

from kgan.layers.baking import bake as bake
from kgan.layers.baking import baked as baked
from kgan.layers.minibatch_standard_deviation import (
    MinibatchStandardDeviation as MinibatchStandardDeviation,
)
from kgan.layers.spectral_normalization import (
    SpectralNormalization as SpectralNormalization,
)
from kgan.layers.spectral_normalization import unwrapped as unwrapped

# What a game must know of: neither adds losses in a call.
KGAN_LAYERS = (MinibatchStandardDeviation, SpectralNormalization)
