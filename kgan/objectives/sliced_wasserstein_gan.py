"""The sliced Wasserstein GAN."""

from typing import Any

import keras

from kgan.arguments import check_integer
from kgan.game import Game
from kgan.objectives.feature_gan import FeatureGAN
from kgan.objectives.sliced import draw_directions, sliced_loss

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class SlicedWassersteinGAN(FeatureGAN):
    """Brings the generator close to the real features on random lines.

        G: mean over directions w of W2^2(<w, h(x)>, <w, h(G(z))>)

    where h is the input of the discriminator's last layer, flattened. Each
    update draws fresh unit directions. On a line the distance is that of
    sorted numbers. The discriminator trains as in `GAN`, before the
    generator. Several replicas work on JAX only.

    Reference: Deshpande et al. 2018, "Generative Modeling using the Sliced
    Wasserstein Distance", section 3.2. Their code draws 10,000 directions.

    Args:
        generator, discriminator, n_critic, class_prior, seed, name: See
            `GAN`; the discriminator's last layer must not be a nested model.
        num_projections: Positive integer, the directions in each update.
        **parts: `penalties`, `augmentation`, `average` and `packing`, as in
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
        num_projections = check_integer("num_projections", num_projections)
        super().__init__(generator, discriminator, *arguments, **parts)
        self.num_projections = num_projections
        size = self.discriminator_features.size
        if size is None:
            raise ValueError(
                "Directions are drawn in the features' space, whose size must "
                "be known. Received: `discriminator` with features of shape "
                f"{self.discriminator_features.network.output_shape}. Give "
                "its keras.Input a size, or pool before its last layer."
            )
        self._size = size

    def draw_for_loss(self, seed_generator: Any) -> dict[str, Any]:
        num, size = self.num_projections, self._size
        return {"directions": draw_directions(num, size, seed_generator)}

    def feature_loss(self, real: Tensor, fake: Tensor, game: Game) -> Tensor:
        return sliced_loss(real, fake, game.draws["directions"])

    def default_optimizer(self, name: str) -> keras.optimizers.Optimizer:
        """Returns the authors' Adam(1e-4, beta_1=0.5)."""
        return keras.optimizers.Adam(1e-4, beta_1=0.5, name=name)

    def get_config(self) -> dict:
        return {**super().get_config(), "num_projections": self.num_projections}
