"""Samples to codes and back, by a trained VQ-VAE."""

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from kgan.autoencoders.codebook import Codebook

Tensor = Any


class Coding:
    """The part of a VQ-VAE that turns samples into codes and back."""

    encoder: keras.Model
    decoder: keras.Model
    prior: keras.Model
    codebook: Codebook
    grid: tuple[int, ...]
    num_codes: int
    in_batches: Any
    checked_samples: Any

    def log_prior(self, one_hot: Tensor, training: bool) -> Tensor:
        """Log-probabilities of codes, nats of a sample; `(batch,)`."""
        shape = (-1, math.prod(self.grid), self.num_codes)
        one_hot = ops.reshape(one_hot, shape)
        logits = ops.cast(self.prior(one_hot, training=training), "float32")
        return ops.sum(one_hot * ops.log_softmax(logits), axis=(1, 2))

    def encode(self, x: Any) -> np.ndarray:
        """Returns the codes of samples.

        Args:
            x: Samples `(num, ...)`, as for `fit`.

        Returns:
            int32 array `(num, ...)`, the positions of one sample as the
            encoder has them, such as `(num, 7, 7)`.

        Raises:
            ValueError: If the samples do not fit the encoder.
        """

        def codes(batch):
            z_e = ops.cast(self.encoder(batch, training=False), "float32")
            return ops.argmax(self.codebook.nearest(z_e), axis=-1)

        found = self.in_batches("encode", codes, self.checked_samples(x))
        return found.astype("int32")

    def decode(self, codes: Any) -> np.ndarray:
        """Returns the samples that the decoder makes of codes.

        Args:
            codes: Integers `(num, ...)` of `encode`, from 0 to
                `num_codes - 1`.

        Returns:
            float32 array `(num, ...)`.

        Raises:
            ValueError: If the codes have another shape or range.
        """

        def samples(batch):
            one_hot = ops.one_hot(batch, self.num_codes, dtype="float32")
            return self.decoder(self.codebook(one_hot), training=False)

        codes = self._checked_codes(codes)
        found = self.in_batches("decode", samples, codes)
        return found.astype("float32")

    def reconstruct(self, x: Any) -> np.ndarray:
        """Returns `decode(encode(x))`, float32 `(num, ...)`."""
        return self.decode(self.encode(x))

    def code_log_prob(self, codes: Any) -> np.ndarray:
        """Returns the prior's log-probability of each sample's codes.

        Args:
            codes: Integers `(num, ...)` of `encode`.

        Returns:
            float32 array `(num,)`, in nats.

        Raises:
            ValueError: If the codes have another shape or range.
        """

        def log_prior(batch):
            one_hot = ops.one_hot(batch, self.num_codes, dtype="float32")
            return self.log_prior(one_hot, training=False)

        codes = self._checked_codes(codes)
        found = self.in_batches("code_log_prob", log_prior, codes)
        return found

    def code_counts(self, x: Any) -> np.ndarray:
        """Counts how often samples have each code: dead ones have none.

        Args:
            x: Samples `(num, ...)`, as for `fit`.

        Returns:
            int64 array `(num_codes,)`, of all positions of all samples.
        """
        codes = self.encode(x).ravel()
        return np.bincount(codes, minlength=self.num_codes)

    def _checked_codes(self, codes: Any) -> np.ndarray:
        codes = np.asarray(codes)
        fits = codes.dtype.kind in "iu" and codes.shape[1:] == self.grid
        if not fits or codes.ndim == 0 or len(codes) == 0:
            raise ValueError(
                "`codes` must be integers of shape "
                f"{('num', *self.grid)}. Received: shape={codes.shape}, "
                f"dtype={codes.dtype.name}. `encode` returns such."
            )
        if codes.min() < 0 or codes.max() >= self.num_codes:
            raise ValueError(
                f"`codes` must lie in [0, num_codes={self.num_codes}). "
                f"Received: codes from {codes.min()} to {codes.max()}."
            )
        return codes.astype("int32")
