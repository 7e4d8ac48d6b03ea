"""Shared parts of the GANs whose generator compares features."""

from typing import Any

import keras
from keras import ops

from kgan.discriminator_features import DiscriminatorFeatures
from kgan.game import Game
from kgan.objectives.gan import GAN

Tensor = Any


class FeatureGAN(GAN):
    """Trains a generator that compares features of real and fake samples.

    This is a base class. The features are the input of the discriminator's
    last layer, flattened. The discriminator trains as in `GAN`. The
    generator's update takes a separate batch of real samples. Several
    replicas work on JAX only, because whole batches are compared.
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
        """Computes the generator's loss; scalar.

        `real` and `fake` are features `(batch, size)`.
        """
        raise NotImplementedError("A FeatureGAN defines feature_loss.")

    def generator_objective(self, game: Game) -> Tensor:
        """Computes the loss, differentiable in the generated samples only."""
        real = ops.stop_gradient(game.features(game.real))
        return self.feature_loss(real, game.features(game.fake), game)
