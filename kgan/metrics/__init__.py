"""Scores of generated samples, in `compile(metrics=[...])` or on arrays."""

from kgan.metrics.frechet_distance import FrechetDistance as FrechetDistance
from kgan.metrics.mode_coverage import ModeCoverage as ModeCoverage
from kgan.metrics.sample_metric import NotFiniteError as NotFiniteError
from kgan.metrics.sample_metric import SampleMetric as SampleMetric
