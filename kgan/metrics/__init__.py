"""Scores of generated samples, in `compile(metrics=[...])` or on arrays."""

from kgan.metrics.classifier_score import ClassifierScore as ClassifierScore
from kgan.metrics.classifier_two_sample_test import (
    ClassifierTwoSampleTest as ClassifierTwoSampleTest,
)
from kgan.metrics.density_coverage import DensityCoverage as DensityCoverage
from kgan.metrics.frechet_distance import FrechetDistance as FrechetDistance
from kgan.metrics.inception import inception_features as inception_features
from kgan.metrics.kernel_distance import KernelDistance as KernelDistance
from kgan.metrics.maximum_mean_discrepancy import (
    MaximumMeanDiscrepancy as MaximumMeanDiscrepancy,
)
from kgan.metrics.mode_coverage import ModeCoverage as ModeCoverage
from kgan.metrics.ms_ssim import MSSSIM as MSSSIM
from kgan.metrics.precision_recall import PrecisionRecall as PrecisionRecall
from kgan.metrics.pyramid_sliced_wasserstein import (
    PyramidSlicedWasserstein as PyramidSlicedWasserstein,
)
from kgan.metrics.sample_metric import NotFiniteError as NotFiniteError
from kgan.metrics.sample_metric import SampleMetric as SampleMetric
from kgan.metrics.sliced_wasserstein import (
    SlicedWasserstein as SlicedWasserstein,
)
from kgan.metrics.stacked_mode_coverage import (
    StackedModeCoverage as StackedModeCoverage,
)
from kgan.metrics.wasserstein1 import Wasserstein1 as Wasserstein1
