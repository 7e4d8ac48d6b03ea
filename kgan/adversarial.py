"""The two-player algorithm, once, for every objective and backend."""

from typing import Any

import keras
import numpy as np
from keras import ops

from kgan import backend, steps
from kgan.fitting import FittingModel
from kgan.generating import check_samples, generated
from kgan.layer_losses import add_losses

Tensor = Any
# What a network returned, and the losses of its layers in that call.
Judged = tuple[Tensor, list[Tensor]]


class AdversarialModel(FittingModel):
    """Base of all models: a generator against a discriminator.

    An objective is a subclass with two pure static functions of logits,
    `discriminator_loss(real_logits, fake_logits)` and
    `generator_loss(fake_logits)`, both scalars to minimise. One train step is
    one iteration of the papers' outer loop: `n_critic` discriminator updates,
    each on a fresh real batch and fresh latents, then one generator update.

    A subclass whose scores are bounded by design sets `bounded_critic = True`;
    any other discriminator that cannot return logits of any size and either
    sign is refused.

    Losses of the networks' layers (`kernel_regularizer`,
    `activity_regularizer`, `add_loss`) are added to their player's loss. The
    discriminator's update takes those of its two passes, over real and over
    fake samples, and its weights' once; the generator's update takes its
    own, and none of the discriminator's. The estimate is of logits alone.

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
            of_real = self._judge(real, training=True)
            return self._discriminator_logs(
                of_real, self._judge(fake, training=True)
            )

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
            fake, own_losses = self._samples(latents, training=True)
            logits, _ = self._judge(fake, training=True)
            return self._generator_loss(logits, own_losses), ()

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
        fake, own_losses = self._samples(latents, training=False)
        of_real = self._judge(real, training=False)
        of_fake = self._judge(fake, training=False)
        for metric in self.sample_metrics:
            metric.update_state(real, fake)
        loss, estimates = self._discriminator_logs(of_real, of_fake)
        generator_loss = self._generator_loss(of_fake[0], own_losses)
        return self._log((loss, *estimates), generator_loss, batch_size)

    def _samples(self, latents: Tensor, training: bool) -> Judged:
        """Fakes, and the losses of the generator's own layers."""
        fake = self.generator(latents, training=training)
        own = self.generator_layer_losses
        return fake, [*own.of_call(), *own.of_weights()]

    def _judge(self, samples: Tensor, training: bool) -> Judged:
        """Logits, and the losses of the discriminator's layers on the way."""
        logits = self.discriminator(samples, training=training)
        # Losses and estimates in float32 whatever the networks compute in.
        logits = ops.cast(logits, "float32")
        return logits, self.discriminator_layer_losses.of_call()

    def _discriminator_logs(
        self, of_real: Judged, of_fake: Judged
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        (real_logits, losses), (fake_logits, more) = of_real, of_fake
        arguments = self.loss_arguments
        loss = self.discriminator_loss(real_logits, fake_logits, **arguments)
        of_weights = self.discriminator_layer_losses.of_weights()
        loss = add_losses(loss, [*losses, *more, *of_weights])
        if not self.estimate_name:
            return loss, ()
        return loss, (self.estimate(real_logits, fake_logits, **arguments),)

    def _generator_loss(self, fake_logits: Tensor, own_losses: list) -> Tensor:
        # What the discriminator's layers add on this pass is not for the
        # generator to minimise.
        return add_losses(self.generator_loss(fake_logits), own_losses)

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
            ValueError: If `num`, `batch_size` or `seed` is out of range, or
                the samples take more memory than this machine has.
            RuntimeError: On JAX, from another thread during `fit`.
        """
        check_samples(num, seed, batch_size, self.latent_dim, self._spec.shape)
        with backend.needs_weights(self, "generate"):
            return generated(self.generator, num, seed, batch_size)
