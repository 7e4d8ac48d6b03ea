"""The variational autoencoder with a flow as prior or as posterior."""

import math
from typing import Any

import keras
from keras import ops

from kgan.arguments import (
    check_boolean,
    check_integer,
    check_positive,
    shown,
)
from kgan.autoencoders.autoencoder import Autoencoder
from kgan.autoencoders.bounds import Bounds
from kgan.autoencoders.checks import check_latents, check_networks
from kgan.autoencoders.likelihood import GaussianLikelihood, log_normal
from kgan.autoencoders.real_nvp import RealNVP
from kgan.draws import RowRandom
from kgan.game import Game
from kgan.runs.configuration import serialized

Tensor = Any
FORMS = ("prior", "posterior")


@keras.saving.register_keras_serializable(package="kgan")
class FlowVAE(Bounds, Autoencoder):
    """The variational autoencoder, with a flow as prior or as posterior.

    The encoder gives the mean and the log standard deviation of a Gaussian
    q(z | x), the decoder the mean of a Gaussian p(x | z) of one standard
    deviation. With a flow f as prior, what is maximised is the bound

        E_q [log p(x | z) + log N(f(z); 0, I) + log |det J_f(z)| - log q(z | x)]

    of log p(x), and samples are decoded from f^-1(e), e being N(0, I). With
    the flow as posterior the decoder is given f(z) in place of z, and e
    itself; the rest is the same sum. So one is the other with f in the
    decoder. Without a flow f is the identity, and this is the plain model. One
    z is drawn for each sample in each step.

    Pixels are numbers of a few levels, to which a density could give any
    likelihood. With `levels` they get uniform noise of one level's width, in
    training and in evaluation, and the bound is of the probability of the
    levels themselves (Theis et al. 2016, "A note on the evaluation of
    generative models").

    One step takes one batch. `compile` takes `generator_optimizer` alone. Logs
    have `generator_loss` (the negative bound, nats of a sample),
    `reconstruction_nll` and `kl`, whose sum it is, and `bits_per_dim`: the
    negative bound in bits of one coordinate.

    References: Kingma & Welling 2014, "Auto-encoding variational Bayes"; Chen
    et al. 2017, "Variational lossy autoencoder" (a flow as prior); Rezende &
    Mohamed 2015, "Variational inference with normalizing flows".

    Args:
        encoder: Keras model, samples `(batch, ...)` to `(batch,
            2 * latent_dim)`: first the means, then the log standard
            deviations.
        decoder: Keras model, latents `(batch, latent_dim)` to samples. A
            GAN's generator will do, its `trainable` False: what is learned is
            then a bound of its likelihood.
        flow: `kgan.autoencoders.RealNVP`, or `None`.
        form: `"prior"` or `"posterior"`: what the flow is.
        levels: Integer of at least 2, the grey levels of images that are
            evenly spaced in [-1, 1], such as 256; `None` for data of a
            density.
        decoder_scale: Positive number, standard deviation of p(x | z).
        learn_scale: Whether it is only the one that learning begins with.
        seed: Integer or `None`, as of `kgan.GAN`.
        name: Optional name of the model.

    Raises:
        ValueError: If the networks do not fit each other or an argument is
            out of range.

    Example:

    ```python
    encoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4)])
    decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    vae = kgan.FlowVAE(encoder, decoder, kgan.autoencoders.RealNVP(2))
    vae.compile()
    points = kgan.data.ring_of_gaussians().sample(1_000)
    vae.fit(points, epochs=1)
    vae.log_likelihood(points[:10], num_samples=20)
    ```
    """

    kind = "flowvae"
    part_names = ("reconstruction_nll", "kl", "bits_per_dim")

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        flow: RealNVP | None = None,
        form: str = "prior",
        levels: int | None = None,
        decoder_scale: float = 0.3,
        learn_scale: bool = True,
        seed: int | None = None,
        name: str | None = None,
    ):
        if not isinstance(form, str) or form not in FORMS:
            raise ValueError(
                '`form` must be "prior" or "posterior". Received: '
                f"form={shown(form)}"
            )
        if levels is not None:
            levels = check_integer("levels", levels, minimum=2)
        decoder_scale = check_positive("decoder_scale", decoder_scale)
        check_boolean("learn_scale", learn_scale)
        check_networks(encoder, decoder)
        latent_dim = check_latents(encoder, decoder)
        _check_flow(flow, latent_dim)
        generator = decoder
        if flow is not None and form == "prior":
            latents = keras.Input((latent_dim,))
            made = decoder(flow.inverse(latents))
            generator = keras.Model(latents, made, name="generator")
        super().__init__(encoder, decoder, generator, seed, name)
        self.flow = flow
        self.form = form
        self.levels = levels
        self.decoder_scale, self.learn_scale = decoder_scale, learn_scale
        self.likelihood = GaussianLikelihood(decoder_scale, learn_scale)
        self.width = 0.0 if levels is None else 2 / (levels - 1)

    def _draw_for_game(
        self, batch_size: int, seed_generator: keras.random.SeedGenerator
    ) -> dict[str, Any]:
        drawn = super()._draw_for_game(batch_size, seed_generator)
        random = RowRandom(seed_generator)
        drawn["posterior"] = random.normal((batch_size, self.latent_dim))
        if self.levels is not None:
            shape = (batch_size, *self.sample_spec.shape)
            drawn["dequantization"] = random.uniform(shape)
        return drawn

    def objective_parts(self, game: Game) -> dict[str, Tensor]:
        log_likelihood, log_ratio = self.log_terms(
            game.real,
            game.draws["posterior"],
            game.draws.get("dequantization"),
            game.training,
        )
        nll, kl = -ops.mean(log_likelihood), -ops.mean(log_ratio)
        return {
            "generator_loss": nll + kl,
            "reconstruction_nll": nll,
            "kl": kl,
            "bits_per_dim": (nll + kl) / (self.num_dims * math.log(2)),
        }

    def log_terms(
        self,
        samples: Tensor,
        normal: Tensor,
        uniform: Tensor | None = None,
        training: bool = False,
    ) -> tuple[Tensor, Tensor]:
        """Computes both terms of the bound, by numbers that are drawn.

        Args:
            samples: `(batch, ...)`.
            normal: N(0, 1), `(batch, latent_dim)`, of which z is made.
            uniform: In [0, 1), of the shape of the samples, where there are
                `levels`.
            training: Whether the networks train.

        Returns:
            log p(x | z) and log p(z) - log q(z | x), nats `(batch,)`; with
            levels the first is of a level's whole width.
        """
        x = ops.cast(samples, "float32")
        if uniform is not None:
            x = x + self.width * (uniform - 0.5)
        mean, log_scale = self.posterior(x, training)
        z = mean + ops.exp(log_scale) * normal
        log_q = log_normal(normal) - ops.sum(log_scale, axis=-1)
        code, log_det = (z, 0.0) if self.flow is None else self.flow(z)
        given = z if self.form == "prior" else code
        made = self.decoder(given, training=training)
        log_likelihood = self.likelihood(x, made)
        if self.levels is not None:
            log_likelihood = log_likelihood + self.num_dims * math.log(
                self.width
            )
        return log_likelihood, log_normal(code) + log_det - log_q

    def posterior(self, x: Tensor, training: bool = False) -> tuple:
        """Returns mean and log standard deviation of q(z | x).

        Both float32 `(batch, latent_dim)`.
        """
        both = ops.cast(self.encoder(x, training=training), "float32")
        return both[:, : self.latent_dim], both[:, self.latent_dim :]

    def default_optimizer(self, name: str) -> keras.optimizers.Optimizer:
        """Returns Adam(1e-3)."""
        return keras.optimizers.Adam(1e-3, name=name)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "flow": serialized(self.flow),
            "form": self.form,
            "levels": self.levels,
            "decoder_scale": self.decoder_scale,
            "learn_scale": self.learn_scale,
        }


def _check_flow(flow: Any, latent_dim: int) -> None:
    if flow is None:
        return
    if not isinstance(flow, RealNVP):
        raise ValueError(
            "`flow` must be a kgan.autoencoders.RealNVP, or None. Received: "
            f"flow={shown(flow)}"
        )
    if flow.latent_dim != latent_dim:
        raise ValueError(
            "`flow` must map the decoder's latents. Received: "
            f"flow.latent_dim={flow.latent_dim}, a decoder of {latent_dim} "
            f"numbers. Pass RealNVP({latent_dim})."
        )
