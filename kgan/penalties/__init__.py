"""Penalties on the discriminator, for any objective: one file each."""

from kgan.penalties.dragan import DRAGAN as DRAGAN
from kgan.penalties.feature_norm import FeatureNorm as FeatureNorm
from kgan.penalties.finite_difference import (
    FiniteDifference as FiniteDifference,
)
from kgan.penalties.gradient_penalty import GradientPenalty as GradientPenalty
from kgan.penalties.lecam import LeCam as LeCam
from kgan.penalties.penalty import Penalty as Penalty
from kgan.penalties.witness import WitnessPenalty as WitnessPenalty
from kgan.penalties.zero_centred import R1 as R1
from kgan.penalties.zero_centred import R2 as R2
