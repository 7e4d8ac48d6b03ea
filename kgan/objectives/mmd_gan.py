"""The MMD-GAN, whose discriminator learns the features of a kernel."""

from typing import Any

import keras
from keras import ops

from kgan.adversarial import AdversarialModel
from kgan.arguments import check_boolean, check_number
from kgan.game import Game
from kgan.kernels import Gaussian, Kernel, biased_mmd2, unbiased_mmd2
from kgan.kernels.distances import root
from kgan.kernels.kernel import check_kernel
from kgan.objectives.decoding import check_decoder, reconstruction_error
from kgan.runs.configuration import serialized

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class MMDGAN(AdversarialModel):
    """Matches moments of learned features: the MMD-GAN.

    The discriminator h returns features `(batch, k)`, and a kernel compares
    them. The discriminator makes the discrepancy M between real x and
    generated y large, and the generator makes it small. The form of 2017
    uses the biased `M^2 = mean k(h, h') + ...`. It adds a term that keeps the
    mean features of real samples above those of generated ones:

        L = M - 16 mean relu(mean h(y) - mean h(x))
        D: -L + 8 |x - decoder(h(x))|^2 + 8 |y - decoder(h(y))|^2    G: L

    The last two terms are means over samples and coordinates, and need a
    `decoder`. The paper clips the discriminator. To do so, pass
    `kgan.callbacks.WeightClip(0.01)` to `fit`; it does not clip the decoder.

    In the form of 2018, `unbiased=True`, L is only the unbiased M^2.
    Penalties replace the clip:

        penalties = [
            kgan.penalties.WitnessPenalty(),
            kgan.penalties.FeatureNorm(),
        ]

    Use them with `kgan.kernels.RationalQuadratic` and Adam(1e-4, 0.5, 0.9).
    In both forms `mmd_estimate` is the unbiased M^2 of the features. The
    features change as they train, so do not compare estimates of different
    steps. On several replicas the model trains with KERAS_BACKEND=jax only.

    Reference: Li et al. 2017, "MMD GAN", algorithm 1, and the authors' code
    for the signs and weights; Binkowski et al. 2018, "Demystifying MMD GANs".

    Args:
        generator: See `kgan.GAN`.
        discriminator: Keras model, samples to features `(batch, k)`.
        n_critic: Positive integer. The generator's update takes one more real
            batch.
        kernel: A kernel of `kgan.kernels`. `None` means
            `kgan.kernels.Gaussian()`.
        unbiased: Whether to use the form of 2018.
        decoder: Keras model, features `(batch, k)` to samples, or `None`. The
            discriminator's optimizer trains it.
        feasible_weight: Number, at least 0: the 16 above. Used only with
            `unbiased=False`.
        reconstruction_weight: Number, at least 0: the 8 above. Used only with
            a decoder.
        seed, name: See `kgan.GAN`.
        **parts: `penalties`, `augmentation` and `average`, as in
            `kgan.AdversarialModel`. The decoder reconstructs samples as they
            were before the augmentation.

    Raises:
        ValueError: If the networks do not fit each other or an argument is
            out of range.

    Example:

    ```python
    generator = kgan.architectures.mlp_generator(output_dim=2, latent_dim=2)
    samples = keras.Input((2,))
    hidden = keras.layers.Dense(64, "relu")(samples)
    features = keras.Model(samples, keras.layers.Dense(16)(hidden))
    gan = kgan.MMDGAN(
        generator,
        features,
        kernel=kgan.kernels.RationalQuadratic(),
        unbiased=True,
        penalties=[kgan.penalties.WitnessPenalty()],
    )
    gan.compile()
    gan.fit(kgan.data.ring_of_gaussians().sample(10_000), epochs=1)
    ```
    """

    short_name = "mmdgan"
    estimate_name = "mmd_estimate"
    default_clip_value = 0.01
    takes_features = True
    generator_sees_real = True
    is_mean_over_samples = False
    # No value here: it would hide PyTorch's modules.
    decoder: keras.Model | None

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        n_critic: int = 5,
        kernel: Kernel | None = None,
        unbiased: bool = False,
        decoder: keras.Model | None = None,
        feasible_weight: float = 16.0,
        reconstruction_weight: float = 8.0,
        seed: int | None = None,
        name: str | None = None,
        **parts: Any,
    ):
        kernel = Gaussian() if kernel is None else check_kernel(kernel)
        check_boolean("unbiased", unbiased)
        feasible_weight = _weight("feasible_weight", feasible_weight)
        reconstruction_weight = _weight(
            "reconstruction_weight", reconstruction_weight
        )
        super().__init__(
            generator, discriminator, n_critic, seed, name, **parts
        )
        if decoder is not None:
            check_decoder(decoder, generator, discriminator)
        self.decoder = decoder
        self.kernel = kernel
        self.reconstruction_weight = reconstruction_weight
        self.loss_arguments = {
            "kernel": kernel,
            "unbiased": unbiased,
            "feasible_weight": feasible_weight,
        }

    @property
    def judges(self) -> tuple[keras.Model, ...]:
        decoders = () if self.decoder is None else (self.decoder,)
        return (*super().judges, *decoders)

    @staticmethod
    def feature_loss(
        real_features: Tensor,
        fake_features: Tensor,
        kernel: Kernel,
        unbiased: bool = False,
        feasible_weight: float = 16.0,
    ) -> Tensor:
        """Computes L from features `(batch, k)`; scalar."""
        if unbiased:
            return unbiased_mmd2(kernel, real_features, fake_features)
        discrepancy = root(biased_mmd2(kernel, real_features, fake_features))
        ahead = ops.mean(fake_features, 0) - ops.mean(real_features, 0)
        return discrepancy - feasible_weight * ops.mean(ops.relu(ahead))

    def generator_objective(self, game: Game) -> Tensor:
        """Computes L; scalar."""
        return self.feature_loss(
            game.real_logits, game.fake_logits, **self.loss_arguments
        )

    def discriminator_objective(self, game: Game) -> Tensor:
        """Computes -L plus the decoder's weighted error; scalar."""
        loss = -self.generator_objective(game)
        if self.decoder is None:
            return loss
        error = reconstruction_error(self.decoder, game)
        return loss + self.reconstruction_weight * error

    def estimate_objective(self, game: Game) -> Tensor:
        """Computes the unbiased squared discrepancy of features; scalar."""
        return unbiased_mmd2(self.kernel, game.real_logits, game.fake_logits)

    def default_optimizer(self, name: str) -> keras.optimizers.Optimizer:
        """Returns RMSprop(5e-5), that of Li et al. and of `kgan.WGAN`."""
        return keras.optimizers.RMSprop(
            5e-5, rho=0.99, epsilon=1e-16, name=name
        )

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "kernel": serialized(self.kernel),
            "unbiased": self.loss_arguments["unbiased"],
            "decoder": serialized(self.decoder),
            "feasible_weight": self.loss_arguments["feasible_weight"],
            "reconstruction_weight": self.reconstruction_weight,
        }


def _weight(name: str, value: Any) -> float:
    return check_number(
        name, value, "a number, at least 0", lambda x: 0 <= x < float("inf")
    )
