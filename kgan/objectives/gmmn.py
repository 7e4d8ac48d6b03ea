"""The generative moment matching network."""

from collections.abc import Sequence
from typing import Any

import keras

from kgan.game import Game
from kgan.kernels import SquaredExponential, biased_mmd2
from kgan.kernels.distances import root
from kgan.kernels.squared_exponential import BANDWIDTHS
from kgan.objectives.matching import MatchingModel

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class GMMN(MatchingModel):
    """Matches moments of a kernel, without a discriminator.

    The generator minimises the root of the squared maximum mean discrepancy
    between a real and a generated batch,

        sqrt(mean k(x, x') + mean k(y, y') - 2 mean k(x, y))

    The means are over all pairs, and k is `kgan.kernels.SquaredExponential`.
    The estimate is biased upwards by about 1 / sqrt(batch), so the authors
    train on batches of 1,000. Images are easier to match in a code space.
    Pass the encoder of a trained autoencoder as `features`, and train a
    generator of codes or of images.

    One step takes one real batch. `compile` takes only `generator_optimizer`,
    and the logs hold only `generator_loss`. On several replicas the model
    trains with KERAS_BACKEND=jax only, because a discrepancy is not a mean
    over samples.

    Reference: Li, Swersky & Zemel 2015, "Generative Moment Matching
    Networks", equation 5 and algorithm 1.

    Args:
        generator: Keras model, float32 latents `(batch, latent_dim)` to
            samples `(batch, ...)`, without labels.
        bandwidths: Positive number s, or a list of them. Each gives a term
            `exp(-d^2 / (2 s))` of the kernel. They are squared lengths.
        features: Keras model that takes samples, or `None`. The loss compares
            its outputs instead of the samples. kgan keeps a frozen copy of
            it, runs it in inference mode and saves it with the run.
        seed: Integer or `None`, as in `kgan.GAN`.
        name: Optional name of the model.
        **parts: `average`, as in `kgan.AdversarialModel`.

    Raises:
        ValueError: If the networks do not fit each other or an argument is
            out of range.

    Example:

    ```python
    generator = kgan.architectures.mlp_generator(output_dim=2, latent_dim=2)
    gmmn = kgan.GMMN(generator, bandwidths=(0.1, 1.0))
    gmmn.compile()
    gmmn.fit(
        kgan.data.ring_of_gaussians().sample(10_000), batch_size=500, epochs=1
    )
    ```
    """

    short_name = "gmmn"

    def __init__(
        self,
        generator: keras.Model,
        bandwidths: float | Sequence[float] = BANDWIDTHS,
        features: keras.Model | None = None,
        seed: int | None = None,
        name: str | None = None,
        **parts: Any,
    ):
        kernel = SquaredExponential(bandwidths)
        super().__init__(generator, features, seed, name, **parts)
        self.kernel = kernel
        self.loss_arguments = {"kernel": kernel}

    def generator_objective(self, game: Game) -> Tensor:
        """Computes the root of the biased squared discrepancy; scalar."""
        real, fake = self.rows(game.real), self.rows(game.fake)
        return root(biased_mmd2(self.kernel, real, fake))

    def default_optimizer(self, name: str) -> keras.optimizers.Optimizer:
        """Returns Adam(1e-3).

        The authors used SGD with momentum 0.9 on 1,000 times the loss, and
        lowered its rate by hand.
        """
        return keras.optimizers.Adam(1e-3, name=name)

    def get_config(self) -> dict:
        bandwidths = list(self.kernel.bandwidths)
        return {**super().get_config(), "bandwidths": bandwidths}
