"""Shared parts of the GANs whose generator compares features."""

from typing import Any

import keras
from keras import ops

from kgan.discriminator_features import DiscriminatorFeatures
from kgan.game import Game
from kgan.objectives.gan import GAN

Tensor = Any


class FeatureGAN(GAN):
    """Base of GANs whose generator compares features of real and generated.

    The features are what the discriminator's last layer is given, flattened;
    it trains as that of `GAN`. The generator's update takes a separate batch
    of real samples. Several replicas are refused but on JAX, as batches are
    compared as a whole.
    """

    generator_sees_real = True
    is_mean_over_samples = False

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *arguments: Any,
        **parts: Any,
    ):
        super().__init__(generator, discriminator, *arguments, **parts)
        self.discriminator_features = DiscriminatorFeatures(discriminator)

    def feature_loss(self, real: Tensor, fake: Tensor, game: Game) -> Tensor:
        """Computes the generator's loss of features `(batch, size)`; scalar."""
        raise NotImplementedError("A FeatureGAN defines feature_loss.")

    def generator_objective(self, game: Game) -> Tensor:
        """Computes the loss, whose gradient is by the generated samples."""
        real = ops.stop_gradient(game.features(game.real))
        return self.feature_loss(real, game.features(game.fake), game)
