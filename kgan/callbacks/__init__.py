"""Callbacks for `fit`: one file each."""

from kgan.callbacks.loss_curve import LossCurve as LossCurve
from kgan.callbacks.sample_grid import SampleGrid as SampleGrid
from kgan.callbacks.weight_clip import WeightClip as WeightClip
