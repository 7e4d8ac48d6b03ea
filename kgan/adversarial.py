"""The two-player algorithm, once, for every objective and backend."""

from numbers import Integral
from typing import Any

import keras
import numpy as np
from keras import ops

from kgan import backend, steps
from kgan.fitting import FittingModel
from kgan.networks import check_positive_integer

Tensor = Any


class AdversarialModel(FittingModel):
    """Base of all models: a generator against a discriminator.

    An objective is a subclass with two pure static functions of logits,
    `discriminator_loss(real_logits, fake_logits)` and
    `generator_loss(fake_logits)`, both scalars to minimise. One train step is
    one iteration of the papers' outer loop: `n_critic` discriminator updates,
    each on a fresh real batch and fresh latents, then one generator update.

    Call: latents `(batch, latent_dim)` to samples, so that `predict` is the
    generator.

    Args:
        generator: Keras model, float32 latents `(batch, latent_dim)` to
            samples `(batch, ...)`.
        discriminator: Keras model, samples to logits `(batch, 1)`.
        n_critic: Positive integer.
        seed: Integer or `None`, which draws one from Python's `random`. Of
            latents and shuffling; the networks have their weights already.
        name: Optional name of the model.

    Raises:
        ValueError: If the networks do not fit each other or an argument is
            out of range.

    Example:

    ```python
    class LeastSquaresGAN(kgan.AdversarialModel):
        @staticmethod
        def discriminator_loss(real_logits, fake_logits):
            return ops.mean((real_logits - 1) ** 2) + ops.mean(fake_logits**2)

        @staticmethod
        def generator_loss(fake_logits):
            return ops.mean((fake_logits - 1) ** 2)
    ```
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        n_critic: int = 1,
        seed: int | None = None,
        name: str | None = None,
    ):
        super().__init__(generator, discriminator, n_critic, seed, name)
        self.loss_arguments: dict[str, Any] = {}

    @staticmethod
    def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Scalar that the discriminator minimises."""
        raise NotImplementedError("An objective defines discriminator_loss.")

    @staticmethod
    def generator_loss(fake_logits: Tensor) -> Tensor:
        """Scalar that the generator minimises."""
        raise NotImplementedError("An objective defines generator_loss.")

    def call(self, latents: Tensor, training: bool = False) -> Tensor:
        return self.generator(latents, training=training)

    def sample_latents(
        self, batch_size: int, seed_generator: keras.random.SeedGenerator
    ) -> Tensor:
        """Draws latents `(batch_size, latent_dim)` from the prior N(0, 1)."""
        return backend.random_normal(
            (batch_size, self.latent_dim), seed_generator
        )

    @backend.train_step
    def train_step(self, data):
        real = steps.first_of(data)
        batch_size = ops.shape(real)[0]
        latents = [
            self.sample_latents(batch_size, self._training_seed)
            for _ in range(self.n_critic + 1)
        ]
        return self._play(real, latents)

    @backend.traced
    def _play(self, real: Tensor, latents: list[Tensor]) -> dict:
        """One step, of numbers that are drawn already."""
        for i in range(self.n_critic):
            discriminator_logs = self._update_discriminator(
                real[:, i], latents[i]
            )
        generator_loss = self._update_generator(latents[-1])
        self.optimizer.iterations.assign_add(1)
        return self._log(discriminator_logs, generator_loss)

    def _update_discriminator(
        self, real: Tensor, latents: Tensor
    ) -> tuple[Tensor, ...]:
        """One update on one real batch, and the clip that follows it."""
        fake = ops.stop_gradient(self.generator(latents, training=True))

        def loss():
            real_logits = self._logits(real, training=True)
            fake_logits = self._logits(fake, training=True)
            return self._discriminator_logs(real_logits, fake_logits)

        variables = self.discriminator.trainable_variables
        loss, estimates = backend.minimize(
            self, loss, self.discriminator_optimizer, variables
        )
        if self.clips_weights:
            bound = ops.convert_to_tensor(self._clip_value)
            for variable in variables:
                limit = ops.cast(bound, variable.dtype)
                variable.assign(ops.clip(variable, -limit, limit))
        return (loss, *estimates)

    def _update_generator(self, latents: Tensor) -> Tensor:
        def loss():
            fake = self.generator(latents, training=True)
            return self.generator_loss(self._logits(fake, training=True)), ()

        loss, _ = backend.minimize(
            self,
            loss,
            self.generator_optimizer,
            self.generator.trainable_variables,
        )
        return loss

    @backend.test_step
    def test_step(self, data):
        real = steps.first_of(data)
        batch_size = ops.shape(real)[0]
        latents = self.sample_latents(batch_size, self._evaluation_seed)
        fake = self.generator(latents, training=False)
        real_logits = self._logits(real, training=False)
        fake_logits = self._logits(fake, training=False)
        loss, estimates = self._discriminator_logs(real_logits, fake_logits)
        for metric in self.sample_metrics:
            metric.update_state(real, fake)
        return self._log(
            (loss, *estimates), self.generator_loss(fake_logits), batch_size
        )

    def _logits(self, samples: Tensor, training: bool) -> Tensor:
        # Losses and estimates in float32 whatever the networks compute in.
        logits = self.discriminator(samples, training=training)
        return ops.cast(logits, "float32")

    def _discriminator_logs(
        self, real_logits: Tensor, fake_logits: Tensor
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        arguments = self.loss_arguments
        loss = self.discriminator_loss(real_logits, fake_logits, **arguments)
        if not self.estimate_name:
            return loss, ()
        return loss, (self.estimate(real_logits, fake_logits, **arguments),)

    def _log(self, discriminator_logs, generator_loss, weight=None) -> dict:
        loss, *estimates = discriminator_logs
        values = [loss, generator_loss, *estimates]
        if weight is not None:
            # A replica without a row has no mean.
            values = [ops.where(weight > 0, v, 0.0) for v in values]
        for tracker, value in zip(self._trackers, values, strict=True):
            tracker.update_state(value, sample_weight=weight)
        return self.get_metrics_result()

    def generate(
        self, num: int, seed: int | None = None, batch_size: int = 256
    ) -> np.ndarray:
        """Draws `num` samples from the generator, in inference mode.

        The latents come from NumPy, so that a seed means the same latents on
        every backend and for `python -m kgan.sample`.

        Args:
            num: Positive integer.
            seed: Non-negative integer, or `None` for fresh samples each time.
            batch_size: Positive integer, samples per call of the generator.

        Returns:
            float32 array `(num, ...)`; images NHWC in [-1, 1].

        Raises:
            ValueError: If `num`, `batch_size` or `seed` is out of range.
        """
        num = check_positive_integer("num", num)
        batch_size = check_positive_integer("batch_size", batch_size)
        if seed is not None and (
            isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0
        ):
            raise ValueError(
                "`seed` must be a non-negative integer or None. Received: "
                f"seed={seed!r}"
            )
        latents = np.random.default_rng(seed).standard_normal(
            (num, self.latent_dim), dtype="float32"
        )
        samples = [
            ops.convert_to_numpy(
                self.generator(latents[start : start + batch_size])
            )
            for start in range(0, num, batch_size)
        ]
        return np.concatenate(samples).astype("float32")
