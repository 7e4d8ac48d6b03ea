"""Trained games by name: networks, settings, data, weights and scores."""

from kgan.presets.listing import Listing as Listing
from kgan.presets.listing import Row as Row
from kgan.presets.listing import names as names
from kgan.presets.loading import classifier as classifier
from kgan.presets.loading import generator as generator
from kgan.presets.loading import load as load
from kgan.presets.saving import save as save
