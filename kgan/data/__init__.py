"""Images and toy distributions as batches ready for `fit`."""

from kgan.data.loading import load as load
from kgan.data.mixture import Mixture as Mixture
from kgan.data.toys import gaussian_pair as gaussian_pair
from kgan.data.toys import grid_of_gaussians as grid_of_gaussians
from kgan.data.toys import ring_of_gaussians as ring_of_gaussians
from kgan.data.toys import swiss_roll as swiss_roll
