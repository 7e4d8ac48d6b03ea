"""The sliced Wasserstein GAN, and that of the largest slice."""

import math
from typing import Any

import keras
from keras import ops

from kgan.game import Game
from kgan.networks import check_positive_integer
from kgan.objectives.feature_gan import FeatureGAN

Tensor = Any


def sliced_loss(real: Tensor, fake: Tensor, directions: Tensor) -> Tensor:
    """Computes the squared sliced Wasserstein-2 distance; scalar.

    The mean over directions and samples of the squared difference of sorted
    projections.

    Args:
        real, fake: `(batch, size)`, batches of one size.
        directions: `(num_projections, size)`, of length 1.
    """
    directions = ops.transpose(directions)
    real = ops.sort(ops.matmul(real, directions), axis=0)
    fake = ops.sort(ops.matmul(fake, directions), axis=0)
    return ops.mean(ops.square(real - fake))


def _unit(rows: Tensor) -> Tensor:
    squares = ops.sum(ops.square(rows), axis=1, keepdims=True)
    return rows / ops.sqrt(ops.maximum(squares, 1e-24))


@keras.saving.register_keras_serializable(package="kgan")
class SlicedWassersteinGAN(FeatureGAN):
    """The GAN whose generator nears the real features on random lines.

        G: mean over directions w of W2^2(<w, h(x)>, <w, h(G(z))>)

    with h what the discriminator's last layer is given, flattened, and fresh
    unit directions in each update. On a line the distance is that of sorted
    numbers. The discriminator trains as that of `GAN`, before the generator.
    Several replicas are refused but on JAX.

    Reference: Deshpande et al. 2018, "Generative Modeling using the Sliced
    Wasserstein Distance", section 3.2; their code draws 10,000 directions.

    Args:
        generator, discriminator, n_critic, class_prior, seed, name: As of
            `GAN`; the discriminator's last layer is no nested model.
        num_projections: Positive integer, directions of an update.
        **parts: `penalties`, `augmentation`, `average` and `packing`, as of
            `kgan.AdversarialModel`.

    Raises:
        ValueError: If an argument is out of range, or the discriminator has
            no features of one size.

    Example:

    ```python
    generator = kgan.architectures.mlp_generator(output_dim=2, latent_dim=2)
    discriminator = kgan.architectures.mlp_discriminator(input_dim=2)
    gan = kgan.SlicedWassersteinGAN(generator, discriminator)
    gan.compile()
    gan.fit(kgan.data.ring_of_gaussians().sample(2_000), epochs=1)
    ```
    """

    short_name = "swgan"

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *arguments: Any,
        num_projections: int = 1000,
        **parts: Any,
    ):
        num_projections = check_positive_integer(
            "num_projections", num_projections
        )
        super().__init__(generator, discriminator, *arguments, **parts)
        self.num_projections = num_projections
        if self.discriminator_features.size is None:
            raise ValueError(
                "Directions are drawn in the features' space, whose size must "
                "be known. Received: `discriminator` with features of shape "
                f"{self.discriminator_features.network.output_shape}. Give "
                "its keras.Input a size, or pool before its last layer."
            )

    def draw_for_loss(self, seed_generator: Any) -> dict[str, Any]:
        shape = (self.num_projections, self.discriminator_features.size)
        drawn = keras.random.normal(shape, seed=seed_generator)
        return {"directions": _unit(drawn)}

    def feature_loss(self, real: Tensor, fake: Tensor, game: Game) -> Tensor:
        return sliced_loss(real, fake, game.draws["directions"])

    def default_optimizer(self, name: str) -> keras.optimizers.Optimizer:
        """Returns the authors' Adam(1e-4, beta_1=0.5)."""
        return keras.optimizers.Adam(1e-4, beta_1=0.5, name=name)

    def get_config(self) -> dict:
        return {**super().get_config(), "num_projections": self.num_projections}


@keras.saving.register_keras_serializable(package="kgan")
class MaxSlicedWassersteinGAN(FeatureGAN):
    """The GAN whose generator nears the real features on one line.

    It is that of the weights w of the discriminator's last layer, which
    tells real from generated best:

        G: W2^2(<w, h(x)>, <w, h(G(z))>) / |w|^2

    with h what that layer is given. Of labels in a projection discriminator
    the line knows nothing. Arguments and errors are those of
    `kgan.SlicedWassersteinGAN`, without `num_projections`.

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
        return sliced_loss(real, fake, _unit(line))

    def default_optimizer(self, name: str) -> keras.optimizers.Optimizer:
        """Returns Adam(1e-4, beta_1=0.5), as of `SlicedWassersteinGAN`."""
        return keras.optimizers.Adam(1e-4, beta_1=0.5, name=name)
