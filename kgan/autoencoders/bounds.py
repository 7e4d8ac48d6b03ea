"""Bounds of a sample's likelihood, by many draws of the posterior."""

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from kgan.arguments import check_integer

Tensor = Any
# Largest distance of a pixel from a grey level, in widths of one.
SLACK = 0.05
# Draws of several samples share the calls of the networks.
ROWS_AT_ONCE = 4096


class Bounds:
    """The part of a variational autoencoder that judges arrays."""

    decoder: keras.Model
    flow: Any
    form: str
    latent_dim: int
    levels: int | None
    width: float
    sample_spec: Any
    posterior: Any
    log_terms: Any
    in_batches: Any
    checked_samples: Any

    @property
    def num_dims(self) -> int:
        """Coordinates of a sample."""
        return math.prod(self.decoder.output_shape[1:])

    def elbo(
        self, x: Any, num_samples: int = 1, seed: int | None = 0
    ) -> np.ndarray:
        """Returns the evidence lower bound of each sample, in nats.

        Args:
            x: Samples `(num, ...)`, as for `fit`.
            num_samples: Positive integer, draws of z that it is the mean of.
            seed: Non-negative integer, or `None` for fresh draws.

        Returns:
            float64 array `(num,)`; with `levels` of the probability of the
            pixels' levels, else of a density.

        Raises:
            ValueError: If the samples do not fit, or are of other levels.
        """
        return self._log_weights("elbo", x, num_samples, seed).mean(axis=0)

    def log_likelihood(
        self, x: Any, num_samples: int = 100, seed: int | None = 0
    ) -> np.ndarray:
        """Returns the importance-weighted bound of each sample, in nats.

        log mean_k p(x, z_k) / q(z_k | x): between the bound of `elbo`, which
        it is for one draw, and log p(x), which it nears with more draws.

        Reference: Burda, Grosse & Salakhutdinov 2016, "Importance weighted
        autoencoders", equation 8.

        Args:
            x: Samples `(num, ...)`, as for `fit`.
            num_samples: Positive integer, draws of z.
            seed: Non-negative integer, or `None` for fresh draws.

        Returns:
            float64 array `(num,)`, as of `elbo`.

        Raises:
            ValueError: If the samples do not fit, or are of other levels.
        """
        weights = self._log_weights("log_likelihood", x, num_samples, seed)
        return np.logaddexp.reduce(weights) - math.log(len(weights))

    def bits_per_dim(
        self, x: Any, num_samples: int = 100, seed: int | None = 0
    ) -> float:
        """Returns the mean of `log_likelihood`, negative, in bits of one pixel.

        Arguments are those of `log_likelihood`.
        """
        nats = self.log_likelihood(x, num_samples, seed).mean()
        return float(-nats / (self.num_dims * math.log(2)))

    def encode(self, x: Any) -> tuple[np.ndarray, np.ndarray]:
        """Returns mean and standard deviation of q(z | x) for samples.

        Args:
            x: Samples `(num, ...)`, as for `fit`.

        Returns:
            Two float32 arrays `(num, latent_dim)`.

        Raises:
            ValueError: If the samples do not fit the encoder.
        """

        def both(batch):
            mean, log_scale = self.posterior(batch)
            return ops.concatenate([mean, ops.exp(log_scale)], axis=-1)

        found = self.in_batches("encode", both, self.checked_samples(x))
        return found[:, : self.latent_dim], found[:, self.latent_dim :]

    def reconstruct(self, x: Any) -> np.ndarray:
        """Returns what the decoder makes of the posteriors' means.

        float32 `(num, ...)`; arguments are those of `encode`.
        """

        def made(batch):
            given = self.posterior(batch)[0]
            if self.flow is not None and self.form == "posterior":
                given = self.flow(given)[0]
            return self.decoder(given, training=False)

        samples = self.checked_samples(x)
        return self.in_batches("reconstruct", made, samples).astype("float32")

    def _log_weights(
        self, method: str, x: Any, num_samples: Any, seed: Any
    ) -> np.ndarray:
        """log p(x, z) / q(z | x) of each draw and sample, float64."""
        num_samples = check_integer("num_samples", num_samples)
        if seed is not None:
            check_integer("seed", seed, minimum=0, maximum=None)
        samples = self.checked_samples(x)
        self._check_levels(samples)
        random = np.random.default_rng(seed)

        def log_weights(*given):
            return sum(self.log_terms(*given))

        found = []
        at_once = max(1, ROWS_AT_ONCE // len(samples))
        for start in range(0, num_samples, at_once):
            times = min(at_once, num_samples - start)
            rows = np.concatenate([samples] * times)
            shape = (len(rows), self.latent_dim)
            given = [rows, random.standard_normal(shape, "float32")]
            if self.levels is not None:
                given.append(random.random(rows.shape, "float32"))
            weights = self.in_batches(method, log_weights, *given)
            found.append(weights.reshape(times, -1))
        return np.concatenate(found).astype("float64")

    def _check_levels(self, samples: np.ndarray) -> None:
        if self.levels is None:
            return
        steps = (samples + 1) / self.width
        away = np.abs(steps - np.round(steps)).max()
        if away > SLACK or np.abs(samples).max() > 1 + SLACK:
            raise ValueError(
                f"`x` must have the {self.levels} `levels` of the model, "
                "evenly spaced in [-1, 1]. Received: samples up to "
                f"{away:.2f} of a level away from one. Images that were "
                "resized have other levels: use levels=None, or 256 of "
                "8-bit ones."
            )
