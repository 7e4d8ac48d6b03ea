"""The vector-quantised variational autoencoder."""

import math
from typing import Any

import keras
from keras import ops

from kgan.arguments import check_integer, check_number, check_positive
from kgan.autoencoders.autoencoder import Autoencoder
from kgan.autoencoders.checks import check_code, check_networks
from kgan.autoencoders.code_prior import check_prior, code_prior, sampler
from kgan.autoencoders.codebook import Codebook
from kgan.autoencoders.coding import Coding
from kgan.game import Game
from kgan.runs.configuration import serialized

Tensor = Any


@keras.saving.register_keras_serializable(package="kgan")
class VQVAE(Coding, Autoencoder):
    """The vector-quantised variational autoencoder, with a prior of codes.

    The encoder's vectors z_e are replaced by the nearest vectors e of a
    codebook, from which the decoder makes the sample again. What is minimised
    is

        mean (x - decoder(e))^2 / variance + mean (sg(z_e) - e)^2
            + commitment mean (z_e - sg(e))^2 - mean log p(codes),

    sg being the stopped gradient, and p the prior, an autoregressive network
    that learns the codes and that nothing else learns from. The decoder's
    gradient at e is passed straight through to z_e. With `decay` the codebook
    follows moving averages of the vectors, in training steps only, and the
    second term is left out.

    The posterior is deterministic, and the paper's prior while training
    uniform: the bound of log p(x) is the decoder's log-likelihood less log K
    for each position, or plus log p(codes) with the prior.

    One step takes one batch. `compile` takes `generator_optimizer` alone. Logs
    have `generator_loss`, `reconstruction_error` (the mean squared error of a
    coordinate), `code_nll` (nats of a sample's codes under the prior; positions
    times log K before it learns), `perplexity` (exp of the entropy of the
    codes in a batch) and `dead_codes` (how many codes no vector of a batch is
    near to). On several replicas a codebook of moving averages trains with
    KERAS_BACKEND=jax only.

    `generate` draws codes from the prior, and `generator` is that whole way:
    its latents are one normal number for each position.

    Reference: van den Oord, Vinyals & Kavukcuoglu 2017, "Neural Discrete
    Representation Learning", equation 3 and appendix A.1.

    Args:
        encoder: Keras model, samples `(batch, ...)` to vectors
            `(batch, ..., code_dim)`, such as `(batch, 7, 7, 16)`.
        decoder: Keras model, such vectors to samples; its last layer linear,
            or tanh for images in [-1, 1].
        num_codes: Integer of at least 2, the vectors of the codebook.
        code_dim: Positive integer, length of a vector.
        commitment: Number of at least 0, beta of the paper.
        decay: Number in [0, 1), of the codebook's moving averages; `None` for
            a codebook that its loss trains.
        data_variance: Positive number that the squared error is divided by,
            such as the variance of all coordinates of the data.
        prior: Keras model of one-hot codes `(batch, positions, num_codes)` to
            logits of the same shape, each of the codes before it; `None` for
            `kgan.autoencoders.code_prior(positions, num_codes)`.
        seed: Integer or `None`, as of `kgan.GAN`.
        name: Optional name of the model.

    Raises:
        ValueError: If the networks do not fit each other or an argument is
            out of range.

    Example:

    ```python
    encoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4)])
    decoder = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    model = kgan.VQVAE(encoder, decoder, num_codes=8, code_dim=4)
    model.compile()
    model.fit(kgan.data.ring_of_gaussians().sample(1_000), epochs=1)
    ```
    """

    kind = "vqvae"
    part_names = (
        "reconstruction_error",
        "code_nll",
        "perplexity",
        "dead_codes",
    )

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        num_codes: int,
        code_dim: int,
        commitment: float = 0.25,
        decay: float | None = 0.99,
        data_variance: float = 1.0,
        prior: keras.Model | None = None,
        seed: int | None = None,
        name: str | None = None,
    ):
        num_codes = check_integer("num_codes", num_codes, minimum=2)
        code_dim = check_integer("code_dim", code_dim)
        commitment = check_number(
            "commitment",
            commitment,
            "a finite number of at least 0",
            lambda x: 0 <= x < math.inf,
        )
        if decay is not None:
            decay = check_number(
                "decay",
                decay,
                "a number in [0, 1), or None for a codebook by its loss",
                lambda x: 0 <= x < 1,
            )
        data_variance = check_positive("data_variance", data_variance)
        check_networks(encoder, decoder)
        check_code(encoder, decoder, code_dim)
        grid = tuple(encoder.output_shape[1:-1])
        if prior is None:
            prior = code_prior(math.prod(grid), num_codes)
        else:
            check_prior(prior, math.prod(grid), num_codes)
        codebook = Codebook(num_codes, code_dim, decay)
        generator = _generator(prior, codebook, decoder, grid)
        super().__init__(encoder, decoder, generator, seed, name)
        self.is_mean_over_samples = decay is None
        self.grid = grid
        self.num_codes, self.code_dim = num_codes, code_dim
        self.commitment = commitment
        self.decay = decay
        self.data_variance = data_variance
        self.prior = prior
        self.codebook = codebook

    def quantized(self, z_e: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Returns what becomes of the encoder's vectors.

        Args:
            z_e: float32 `(batch, ..., code_dim)`.

        Returns:
            What the decoder takes, which has the values of the nearest codes
            and the gradient of `z_e`; the nearest codes' vectors themselves;
            and one-hot codes `(batch, ..., num_codes)`.
        """
        one_hot = self.codebook.nearest(z_e)
        e = self.codebook(one_hot)
        return z_e + ops.stop_gradient(e - z_e), e, one_hot

    def objective_parts(self, game: Game) -> dict[str, Tensor]:
        z_e = self.encoder(game.real, training=game.training)
        real = ops.cast(game.real, "float32")
        z_e = ops.cast(z_e, "float32")
        return self.parts_of_vectors(real, z_e, game.training)

    def parts_of_vectors(
        self, real: Tensor, z_e: Tensor, training: bool
    ) -> dict[str, Tensor]:
        """Computes the parts of the objective by the encoder's vectors.

        Args:
            real: float32 `(batch, ...)`.
            z_e: The vectors of the samples, float32 `(batch, ..., code_dim)`.
            training: Whether the layers train, and the averages move.
        """
        passed, e, one_hot = self.quantized(z_e)
        made = self.decoder(passed, training=training)
        error = ops.mean(ops.square(ops.cast(made, "float32") - real))
        nll = -ops.mean(self.log_prior(one_hot, training))
        loss = error / self.data_variance + nll
        away = ops.square(z_e - ops.stop_gradient(e))
        loss = loss + self.commitment * ops.mean(away)
        if self.decay is None:
            loss += ops.mean(ops.square(ops.stop_gradient(z_e) - e))
        rows = ops.reshape(one_hot, (-1, self.num_codes))
        if training and self.decay is not None:
            # The values above were computed with the old codebook.
            self.codebook.move(ops.reshape(z_e, (-1, self.code_dim)), rows)
        shares = ops.mean(rows, axis=0)
        entropy = -ops.sum(shares * ops.log(shares + 1e-10))
        dead = ops.sum(ops.cast(ops.equal(shares, 0), "float32"))
        return {
            "generator_loss": loss,
            "reconstruction_error": error,
            "code_nll": nll,
            "perplexity": ops.exp(entropy),
            "dead_codes": dead,
        }

    def default_optimizer(self, name: str) -> keras.optimizers.Optimizer:
        """Returns Adam(3e-4), of the authors' example."""
        return keras.optimizers.Adam(3e-4, name=name)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "num_codes": self.num_codes,
            "code_dim": self.code_dim,
            "commitment": self.commitment,
            "decay": self.decay,
            "data_variance": self.data_variance,
            "prior": serialized(self.prior),
        }


def _generator(
    prior: keras.Model, codebook: Codebook, decoder: keras.Model, grid: tuple
) -> keras.Model:
    """Builds the generator from Keras's layers: latents, codes, samples."""
    draw = sampler(prior)
    latents = keras.Input((math.prod(grid),))
    vectors = codebook.table(draw(latents))
    vectors = keras.layers.Reshape((*grid, codebook.code_dim))(vectors)
    return keras.Model(latents, decoder(vectors), name="generator")
