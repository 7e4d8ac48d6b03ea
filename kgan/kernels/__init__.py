"""Kernels that compare samples, one file each, and their discrepancies."""

from kgan.kernels.discrepancy import biased_mmd2 as biased_mmd2
from kgan.kernels.discrepancy import unbiased_mmd2 as unbiased_mmd2
from kgan.kernels.distance import Distance as Distance
from kgan.kernels.gaussian import Gaussian as Gaussian
from kgan.kernels.kernel import Kernel as Kernel
from kgan.kernels.rational_quadratic import (
    RationalQuadratic as RationalQuadratic,
)
from kgan.kernels.squared_exponential import (
    SquaredExponential as SquaredExponential,
)
