"""The two-player algorithm, once, for every objective and backend."""

import random
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from kgan import backend, clipping, fitting, generating, moving, runs, steps
from kgan.agreement import Peers, agree_on_players
from kgan.arguments import check_model_name
from kgan.augmentations import Augmentation
from kgan.augmentations.augmentation import check_augmentation
from kgan.average import Average, as_average
from kgan.draws import RowRandom, parts_draws
from kgan.game import Game
from kgan.networks import check_positive_integer, check_seed
from kgan.objective import Objective
from kgan.packing import filled, packed
from kgan.penalties import Penalty
from kgan.penalties.checks import check_penalties
from kgan.player_checks import check_players
from kgan.players import Players
from kgan.progress import Progress
from kgan.updates import losses, update_discriminator, update_generator

Tensor = Any


class AdversarialModel(Objective, Players, keras.Model):
    """Trains a generator against a discriminator: the base of all models.

    An objective is a subclass with two pure static functions of logits,
    `discriminator_loss(real_logits, fake_logits)` and
    `generator_loss(fake_logits)`. Both return scalars to minimise. One train
    step is one iteration of the papers' outer loop: `n_critic` discriminator
    updates, each on a fresh real batch and latents, then one generator update.

    A subclass whose scores are bounded by design sets `bounded_critic = True`.
    Without it the discriminator must return logits of any size and sign.

    Losses of the networks' layers (`kernel_regularizer`,
    `activity_regularizer`, `add_loss`) are added to their player's loss. The
    discriminator's update adds those of both passes, over real and over fake
    samples, and those of its weights once. The generator's adds only its own.

    A conditional network takes a second input, integer labels `(batch,)`. Fakes
    get the labels of their update's real batch (or of the step's last one, if a
    generator's update has none). If only the generator takes labels, they are
    more noise to it, as nothing judges them. If only the discriminator does, it
    judges fakes by labels that the generator did not see.

    Call: latents `(batch, latent_dim)`, or `[latents, labels]`, to samples.
    `predict` therefore runs the generator.

    Args:
        generator: Keras model, float32 latents `(batch, latent_dim)` to
            samples `(batch, ...)`; or of `[latents, labels]`.
        discriminator: Keras model, samples, or `[samples, labels]`, to logits
            `(batch, 1)`.
        n_critic: Positive integer.
        seed: Integer that seeds latents and shuffling. `None` draws one.
        name: Optional name of the model.
        penalties: Penalties of `kgan.penalties` on the discriminator.
        augmentation: One of `kgan.augmentations`, or `None`. It changes what
            the discriminator sees.
        average: A `kgan.Average` of the generator, which then draws samples.
            A number is its decay in each generator update. `None` for none.
        packing: Positive integer m. The discriminator takes m samples at
            once, joined on the last axis (Lin et al. 2018, "PacGAN").

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

    compiles_graph = False

    # Keras's loops. Each runs within kgan's.
    compile = fitting.compile_players
    fit = fitting.fit
    train_on_batch = fitting.train_on_batch
    evaluate = fitting.evaluate
    test_on_batch = fitting.test_on_batch
    predict = fitting.predict
    make_train_function = fitting.make_train_function
    make_test_function = fitting.make_test_function
    _maybe_symbolic_build = fitting.build_by_no_batch
    _initialize_ddp = fitting.send_gradients_by_ourselves
    clip_weights = clipping.clip_weights
    clip_value = property(clipping.clip_value)
    generate = generating.generate
    # What a backend needs from a model besides its step.
    moving_averages = moving.moving_averages
    layer_seeds = moving.layer_seeds
    # A run in its file.
    save = runs.save
    save_weights = runs.save_weights
    get_weights = runs.get_weights
    epochs_done = property(runs.epochs_done)
    get_config = runs.get_config
    from_config: Any = classmethod(runs.from_config)
    get_build_config = runs.get_build_config
    get_compile_config = runs.get_compile_config
    compile_from_config = runs.compile_from_config
    save_own_variables = runs.save_own_variables
    load_own_variables = runs.load_own_variables

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model | None,
        n_critic: int = 1,
        seed: int | None = None,
        name: str | None = None,
        *,
        penalties: Sequence[Penalty] = (),
        augmentation: Augmentation | None = None,
        average: Average | float | None = None,
        packing: int = 1,
    ):
        # Checked before variables are made: another objective may make others.
        agree_on_players(type(self), generator, discriminator, n_critic)
        packing = check_positive_integer("packing", packing)
        check_players(
            self, generator, discriminator, penalties, augmentation, packing
        )
        super().__init__(name=check_model_name(name))
        self.n_critic = 0
        if self.has_discriminator:
            self.n_critic = check_positive_integer("n_critic", n_critic)
        check_seed(seed)
        # Python's generator is what keras.utils.set_random_seed seeds.
        self.seed = random.randint(0, 2**31 - 2) if seed is None else int(seed)
        self.generator = generator
        self.discriminator = discriminator
        self.latent_dim = generator.inputs[0].shape[1]
        self.clip = clipping.Clip(self)
        self._training_seed = keras.random.SeedGenerator(self.seed)
        self._evaluation_seed = keras.random.SeedGenerator(self.seed + 1)
        self.packing = packing
        self.is_mean_over_samples &= packing == 1
        self.sample_spec = steps.SampleSpec.of(
            generator, discriminator, packing
        )
        self.loss_arguments: dict[str, Any] = {}
        logs, shape = self.log_names(), self.sample_spec.shape
        self.augmentation = check_augmentation(augmentation, shape, type(self))
        of_training = [*augmentation.log_names] if augmentation else []
        taken = [*logs, *of_training]
        self.penalties = check_penalties(
            penalties, discriminator, shape, taken, self.takes_features
        )
        self.average = as_average(average)
        self.progress = Progress(self)
        of_training += [penalty.name for penalty in self.penalties]
        self.scores = fitting.ScoreBoard([*logs, *of_training], of_training)
        self.run = runs.RunState(self)
        self.peers = Peers(self)
        self.built = True

    def after_discriminator(self) -> None:
        """Clips the weights after each update, inside the compiled step."""
        self.clip.apply(self.judges[0].trainable_variables)

    def call(self, inputs: Any, training: bool = False) -> Tensor:
        network = self.generator if training else self.sampling_generator
        return network(inputs, training=training)

    def sample_latents(
        self, batch_size: int, seed_generator: keras.random.SeedGenerator
    ) -> Tensor:
        """Draws latents `(batch_size, latent_dim)` from the prior N(0, 1)."""
        return RowRandom(seed_generator).normal((batch_size, self.latent_dim))

    def draw(self, batch_size: int) -> dict[str, Any]:
        """Draws every random number of one update of one player.

        Returns:
            `"latents"`; what `draw_for_loss` and each penalty draw, by their
            names; and `"augmentation"` and `"augmentation of fake"` if there
            is an augmentation.
        """
        drawn = self._draw_for_game(batch_size, self._training_seed)
        return drawn | parts_draws(self, batch_size)

    def _draw_for_game(
        self, batch_size: int, seed_generator: keras.random.SeedGenerator
    ) -> dict[str, Any]:
        latents = self.sample_latents(batch_size, seed_generator)
        return {"latents": latents} | self.draw_for_loss(seed_generator)

    @backend.train_step
    def train_step(self, data):
        batch = tuple(map(ops.convert_to_tensor, steps.parts_of(data)))
        batch_size = ops.shape(batch[0])[0]
        draws = [self.draw(batch_size) for _ in range(self.n_critic + 1)]
        return self.play(batch, draws)

    def play(self, batch: tuple, draws: list[dict[str, Any]]) -> dict:
        """Runs one step with the numbers that were drawn."""
        logs: dict[str, Tensor] = {}
        for i in range(self.n_critic):
            logs = update_discriminator(self, self._game(batch, i, draws[i]))
            self.after_discriminator()
        logs |= update_generator(self, self._game(batch, -1, draws[-1]))
        self.progress.count(ops.shape(batch[0])[0])
        self.after_generator()
        self.optimizer.iterations.assign_add(1)
        self.scores.note(logs)
        return self.get_metrics_result()

    def _game(self, batch: tuple, index: int, draws: dict[str, Any]) -> Game:
        """Builds the game of one update, from batch `index` of a step."""
        real, *labels = (part[:, index] for part in batch)
        return Game(self, packed(real, self.packing), draws, True, *labels)

    @backend.test_step
    def test_step(self, data):
        real, *labels = steps.parts_of(data)
        batch_size = ops.shape(real)[0]
        draws = self._draw_for_game(batch_size, self._evaluation_seed)
        packs = packed(filled(real, self.packing), self.packing)
        game = Game(self, packs, draws, False, *labels)
        for metric in self.scores.sample_metrics:
            metric.update_state(real, game.generated)
        return self.scores.note(losses(self, game), weight=batch_size)

    def get_metrics_result(self) -> dict:
        """Returns the mean losses, all that a step can tell."""
        return self.scores.means()

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The means of the losses, and the metrics of `compile`."""
        return self.scores.metrics
