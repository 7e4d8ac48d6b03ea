"""The two-player algorithm, once, for every objective and backend."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from kgan import backend, steps
from kgan.augmentations import Augmentation
from kgan.average import Average
from kgan.draws import RowRandom
from kgan.fitting import FittingModel
from kgan.game import Game
from kgan.generating import check_samples, generated
from kgan.penalties import Penalty
from kgan.updates import losses, update_discriminator, update_generator

Tensor = Any


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
        penalties: Penalties of `kgan.penalties` on the discriminator.
        augmentation: One of `kgan.augmentations`, of what the discriminator
            sees, or `None`.
        average: A `kgan.Average` of the generator, from which samples are
            drawn; a number is its decay in each generator update.

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

    # Whether the generator's loss looks at real samples: a step then takes
    # one more batch, the generator's.
    generator_sees_real = False
    # Whether both losses are means over samples, so that the mean of the
    # replicas' losses is the loss of the whole batch.
    is_mean_over_samples = True

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        n_critic: int = 1,
        seed: int | None = None,
        name: str | None = None,
        *,
        penalties: Sequence[Penalty] = (),
        augmentation: Augmentation | None = None,
        average: Average | float | None = None,
    ):
        super().__init__(
            generator,
            discriminator,
            n_critic,
            seed,
            name,
            penalties=penalties,
            augmentation=augmentation,
            average=average,
        )
        self.loss_arguments: dict[str, Any] = {}

    @staticmethod
    def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes the scalar that the discriminator minimises."""
        raise NotImplementedError("An objective defines discriminator_loss.")

    @staticmethod
    def generator_loss(fake_logits: Tensor) -> Tensor:
        """Computes the scalar that the generator minimises."""
        raise NotImplementedError("An objective defines generator_loss.")

    def discriminator_objective(self, game: Game) -> Tensor:
        """Computes the discriminator's loss, without penalties; scalar."""
        return self.discriminator_loss(
            game.real_logits, game.fake_logits, **self.loss_arguments
        )

    def generator_objective(self, game: Game) -> Tensor:
        """Computes the generator's loss; scalar."""
        return self.generator_loss(game.fake_logits)

    def after_discriminator(self) -> None:
        """Follows each discriminator update, in the compiled step: clips."""
        self.clip.apply(self.discriminator.trainable_variables)

    def after_generator(self) -> None:
        """Follows each generator update, in the compiled step."""

    def call(self, latents: Tensor, training: bool = False) -> Tensor:
        network = self.generator if training else self.sampling_generator
        return network(latents, training=training)

    def sample_latents(
        self, batch_size: int, seed_generator: keras.random.SeedGenerator
    ) -> Tensor:
        """Draws latents `(batch_size, latent_dim)` from the prior N(0, 1)."""
        return RowRandom(seed_generator).normal((batch_size, self.latent_dim))

    def draw(self, batch_size: int) -> dict[str, Any]:
        """Draws every random number of one update of one player.

        Returns:
            `"latents"`, what each penalty draws by its name, and for the
            augmentation `"augmentation"` and `"augmentation of fake"`.
        """
        latents = self.sample_latents(batch_size, self._training_seed)
        random = RowRandom(self._training_seed)
        shape = (batch_size, *self._spec.shape)
        drawn = {p.name: p.draw(random, shape) for p in self.penalties}
        if self.augmentation is not None:
            for side in ("augmentation", "augmentation of fake"):
                drawn[side] = self.augmentation.draw(random, shape)
        return {"latents": latents} | {
            name: numbers
            for name, numbers in drawn.items()
            if numbers is not None
        }

    @property
    def sampling_generator(self) -> keras.Model:
        """The network that draws samples: the average, where there is one."""
        if self.averaged_generator is None:
            return self.generator
        return self.averaged_generator

    @property
    def batches_per_step(self) -> int:
        """Real batches of a step: one for each update that sees one."""
        return self.n_critic + self.generator_sees_real

    @backend.train_step
    def train_step(self, data):
        real = steps.first_of(data)
        batch_size = ops.shape(real)[0]
        draws = [self.draw(batch_size) for _ in range(self.n_critic + 1)]
        return self.play(real, draws)

    def play(self, real: Tensor, draws: list[dict[str, Any]]) -> dict:
        """One step, of numbers that are drawn already."""
        for i in range(self.n_critic):
            logs = update_discriminator(self, Game(self, real[:, i], draws[i]))
            self.after_discriminator()
        logs |= update_generator(self, Game(self, real[:, -1], draws[-1]))
        self.progress.count(ops.shape(real)[0])
        self.after_generator()
        self.optimizer.iterations.assign_add(1)
        return self._log(logs)

    @backend.test_step
    def test_step(self, data):
        real = steps.first_of(data)
        batch_size = ops.shape(real)[0]
        latents = self.sample_latents(batch_size, self._evaluation_seed)
        game = Game(self, real, {"latents": latents}, training=False)
        for metric in self.sample_metrics:
            metric.update_state(real, game.fake)
        return self._log(losses(self, game), batch_size)

    def _log(self, logs: dict[str, Tensor], weight: Any = None) -> dict:
        if weight is not None:
            # A replica without a row has no mean.
            logs = {n: ops.where(weight > 0, v, 0.0) for n, v in logs.items()}
        for tracker in self._trackers:
            if tracker.name in logs:
                tracker.update_state(logs[tracker.name], sample_weight=weight)
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
            return generated(self.sampling_generator, num, seed, batch_size)
