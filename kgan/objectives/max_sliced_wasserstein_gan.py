"""The GAN of the largest slice."""

import math
from typing import Any

import keras
from keras import ops

from kgan.game import Game
from kgan.objectives.feature_gan import FeatureGAN
from kgan.objectives.sliced import sliced_loss, unit

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class MaxSlicedWassersteinGAN(FeatureGAN):
    """Brings the generator close to the real features on one line.

    The line is given by the weights w of the discriminator's last layer. It
    tells real from generated best:

        G: W2^2(<w, h(x)>, <w, h(G(z))>) / |w|^2

    where h is the input of that layer. The line ignores the labels of a
    projection discriminator. For arguments and errors see
    `kgan.SlicedWassersteinGAN`; there is no `num_projections`.

    Reference: Deshpande et al. 2019, "Max-Sliced Wasserstein Distance and its
    use for GANs", algorithm 1.

    Example:

    ```python
    generator = kgan.architectures.mlp_generator(output_dim=2, latent_dim=2)
    discriminator = kgan.architectures.mlp_discriminator(input_dim=2)
    gan = kgan.MaxSlicedWassersteinGAN(generator, discriminator)
    gan.compile()
    gan.fit(kgan.data.ring_of_gaussians().sample(2_000), epochs=1)
    ```
    """

    short_name = "maxswgan"

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *arguments: Any,
        **parts: Any,
    ):
        super().__init__(generator, discriminator, *arguments, **parts)
        layer = self.discriminator_features.layer
        kernel = getattr(layer, "kernel", None)
        size = self.discriminator_features.size
        if kernel is None or math.prod(kernel.shape) != size:
            raise ValueError(
                "The line is that of the discriminator's last layer, of one "
                f"unit. Received: `discriminator` that ends in {layer.name!r}, "
                f"a {type(layer).__name__}. End it in keras.layers.Dense(1)."
            )

    def feature_loss(self, real: Tensor, fake: Tensor, game: Game) -> Tensor:
        kernel = self.discriminator_features.layer.kernel
        line = ops.cast(ops.reshape(kernel, (1, -1)), "float32")
        return sliced_loss(real, fake, unit(line))

    def default_optimizer(self, name: str) -> keras.optimizers.Optimizer:
        """Returns Adam(1e-4, beta_1=0.5), as in `SlicedWassersteinGAN`."""
        return keras.optimizers.Adam(1e-4, beta_1=0.5, name=name)
