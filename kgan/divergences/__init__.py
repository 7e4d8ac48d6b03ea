"""Distances between known distributions: the theory of GANs, exactly.

Nothing here is estimated or trained. These are the quantities that a GAN's
losses only bound, on distributions small enough to compute them.
"""

from kgan.divergences.discrete import game_value as game_value
from kgan.divergences.discrete import jsd as jsd
from kgan.divergences.discrete import kl as kl
from kgan.divergences.discrete import (
    optimal_discriminator as optimal_discriminator,
)
from kgan.divergences.gaussian import gaussian_kl as gaussian_kl
from kgan.divergences.gaussian import (
    gaussian_wasserstein as gaussian_wasserstein,
)
from kgan.divergences.linear_game import LinearGame as LinearGame
from kgan.divergences.linear_game import linear_game as linear_game
from kgan.divergences.transport import earth_mover as earth_mover
from kgan.divergences.transport import wasserstein as wasserstein
