"""kgan: generative adversarial networks for Keras 3."""

import importlib
from typing import Any

from kgan import commands, tensorflow_log
from kgan.version import __version__ as __version__

# `--help` of a command ends here, before the seconds that Keras takes.
commands.answer()
# Before Keras, which loads TensorFlow on any backend, sooner or later.
tensorflow_log.set_level()
tensorflow_log.load_quietly()
tensorflow_log.expect_models_in_a_loop()

from kgan import architectures as architectures
from kgan import augmentations as augmentations
from kgan import autoencoders as autoencoders
from kgan import callbacks as callbacks
from kgan import data as data
from kgan import distribution as distribution
from kgan import divergences as divergences
from kgan import explore as explore
from kgan import export as export
from kgan import kernels as kernels
from kgan import layers as layers
from kgan import metrics as metrics
from kgan import objectives as objectives
from kgan import optimizers as optimizers
from kgan import penalties as penalties
from kgan import presets as presets
from kgan import report as report
from kgan import schedules as schedules
from kgan import scores as scores
from kgan import scripts as scripts
from kgan.adversarial import AdversarialModel as AdversarialModel
from kgan.autoencoders.flow_vae import FlowVAE as FlowVAE
from kgan.autoencoders.vq_vae import VQVAE as VQVAE
from kgan.average import Average as Average
from kgan.objectives.dualing_gan import DualingGAN as DualingGAN
from kgan.objectives.feature_matching_gan import (
    FeatureMatchingGAN as FeatureMatchingGAN,
)
from kgan.objectives.gan import GAN as GAN
from kgan.objectives.gmmn import GMMN as GMMN
from kgan.objectives.hinge_gan import HingeGAN as HingeGAN
from kgan.objectives.least_squares_gan import LeastSquaresGAN as LeastSquaresGAN
from kgan.objectives.max_sliced_wasserstein_gan import (
    MaxSlicedWassersteinGAN as MaxSlicedWassersteinGAN,
)
from kgan.objectives.mmd_gan import MMDGAN as MMDGAN
from kgan.objectives.non_saturating_gan import (
    NonSaturatingGAN as NonSaturatingGAN,
)
from kgan.objectives.r3gan import R3GAN as R3GAN
from kgan.objectives.relativistic_average_gan import (
    RelativisticAverageGAN as RelativisticAverageGAN,
)
from kgan.objectives.relativistic_gan import RelativisticGAN as RelativisticGAN
from kgan.objectives.sliced_wasserstein_gan import (
    SlicedWassersteinGAN as SlicedWassersteinGAN,
)
from kgan.objectives.sliced_wasserstein_model import (
    SlicedWassersteinModel as SlicedWassersteinModel,
)
from kgan.objectives.unrolled_gan import UnrolledGAN as UnrolledGAN
from kgan.objectives.wgan import WGAN as WGAN
from kgan.objectives.wgan_gp import WGANGP as WGANGP


def __getattr__(name: str) -> Any:
    # keras-tuner takes a second to import, and most programs do not search.
    if name == "tuning":
        return importlib.import_module("kgan.tuning")
    raise AttributeError(f"module 'kgan' has no attribute {name!r}")
