"""Callbacks for `fit`: one file each."""

from kgan.callbacks.checkpoint import Checkpoint as Checkpoint
from kgan.callbacks.loss_curve import LossCurve as LossCurve
from kgan.callbacks.report import Report as Report
from kgan.callbacks.sample_grid import SampleGrid as SampleGrid
from kgan.callbacks.scores import Scores as Scores
from kgan.callbacks.terminate_on_nan import TerminateOnNaN as TerminateOnNaN
from kgan.callbacks.weight_clip import WeightClip as WeightClip
