"""The model that minimises the sliced Wasserstein distance."""

from typing import Any

import keras

from kgan.arguments import check_integer
from kgan.game import Game
from kgan.objectives.matching import MatchingModel
from kgan.objectives.sliced import draw_directions, sliced_loss

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class SlicedWassersteinModel(MatchingModel):
    """Minimises the sliced Wasserstein distance, without a discriminator.

    Each update projects a real batch x and a generated batch y onto fresh
    random directions u. The loss is

        mean over u and i of (sort(u . x)_i - sort(u . y)_i)^2

    This is the squared distance of order 2. Its root is
    `kgan.metrics.SlicedWasserstein(order=2)`. The estimate is biased upwards,
    and more so on small batches.

    One step takes one real batch. `compile` takes only `generator_optimizer`,
    and the logs hold only `generator_loss`. On several replicas the model
    trains with KERAS_BACKEND=jax only, because it sorts the whole batch.

    Reference: Deshpande, Zhang & Schwing 2018, "Generative Modeling using the
    Sliced Wasserstein Distance", equation 8.

    Args:
        generator: Keras model, float32 latents `(batch, latent_dim)` to
            samples `(batch, ...)`, without labels.
        num_projections: Positive integer, the directions in each update. The
            authors take 10,000.
        features: Keras model that takes samples, or `None`. The loss compares
            its outputs instead of the samples. kgan keeps a frozen copy of
            it, runs it in inference mode and saves it with the run.
        seed: Integer or `None`, as in `kgan.GAN`. It seeds the directions
            too.
        name: Optional name of the model.
        **parts: `average`, as in `kgan.AdversarialModel`.

    Raises:
        ValueError: If the networks do not fit each other or an argument is
            out of range.

    Example:

    ```python
    generator = kgan.architectures.mlp_generator(output_dim=2, latent_dim=2)
    model = kgan.SlicedWassersteinModel(generator, num_projections=100)
    model.compile()
    model.fit(
        kgan.data.ring_of_gaussians().sample(10_000), batch_size=500, epochs=1
    )
    ```
    """

    short_name = "swm"

    def __init__(
        self,
        generator: keras.Model,
        num_projections: int = 1000,
        features: keras.Model | None = None,
        seed: int | None = None,
        name: str | None = None,
        **parts: Any,
    ):
        num_projections = check_integer("num_projections", num_projections)
        super().__init__(generator, features, seed, name, **parts)
        self.num_projections = num_projections
        self.loss_arguments = {"num_projections": num_projections}

    def draw_for_loss(
        self, seed_generator: keras.random.SeedGenerator
    ) -> dict[str, Any]:
        """Draws the directions `(num_projections, dim)` of one update."""
        directions = draw_directions(
            self.num_projections, self.row_length, seed_generator
        )
        return {"directions": directions}

    def generator_objective(self, game: Game) -> Tensor:
        """Computes the squared sliced distance of the batches; scalar."""
        real, fake = self.rows(game.real), self.rows(game.fake)
        return sliced_loss(real, fake, game.draws["directions"])

    def default_optimizer(self, name: str) -> keras.optimizers.Optimizer:
        """Returns the authors' Adam(1e-4, beta_1=0.5)."""
        return keras.optimizers.Adam(1e-4, beta_1=0.5, name=name)

    def get_config(self) -> dict:
        config = super().get_config()
        return {**config, "num_projections": self.num_projections}
