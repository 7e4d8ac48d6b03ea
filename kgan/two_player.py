"""Two networks and two optimizers, as one Keras model."""

import random
from collections.abc import Sequence
from typing import Any

import keras

from kgan import backend, speed, steps
from kgan.arguments import check_model_name
from kgan.augmentations.augmentation import Augmentation, check_augmentation
from kgan.average import Average, as_average
from kgan.clipping import Clip
from kgan.compiling import (
    TrainedVariables,
    check_ways_of_running,
    player_optimizers,
    refuse_keras_arguments,
)
from kgan.layer_losses import LayerLosses
from kgan.metrics.compiled import compiled_metrics
from kgan.networks import (
    check_networks,
    check_positive_integer,
    check_seed,
)
from kgan.penalties import Penalty
from kgan.penalties.checks import check_penalties
from kgan.progress import Progress
from kgan.saving import SavedModel


class TwoPlayerModel(SavedModel):
    """What Keras needs to compile a pair of networks.

    Both optimizers sit in one `keras.optimizers.MultiOptimizer`, so that
    Keras's threading of JAX state, its sharding, its checkpoints and its
    learning rate callbacks see the variables of both players.
    """

    estimate_name: str | None = None
    bounded_critic = False
    train_function: Any
    test_function: Any
    # No value here: PyTorch's modules would not be found behind it.
    averaged_generator: keras.Model | None

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        n_critic: int,
        seed: int | None,
        name: str | None,
        *,
        penalties: Sequence[Penalty] = (),
        augmentation: Augmentation | None = None,
        average: Average | float | None = None,
    ):
        check_networks(generator, discriminator, self.bounded_critic)
        super().__init__(name=check_model_name(name))
        self.n_critic = check_positive_integer("n_critic", n_critic)
        check_seed(seed)
        # Python's generator is what keras.utils.set_random_seed seeds.
        self.seed = random.randint(0, 2**31 - 2) if seed is None else int(seed)
        self.generator = generator
        self.discriminator = discriminator
        self.latent_dim = generator.input_shape[1]
        self.clip = Clip(self)
        self.compiles_graph = False
        self._trained_variables: TrainedVariables | None = None
        self._training_seed = keras.random.SeedGenerator(self.seed)
        self._evaluation_seed = keras.random.SeedGenerator(self.seed + 1)
        self._evaluating = False
        self.sample_metrics: list[keras.metrics.Metric] = []
        self._spec = steps.SampleSpec.of(generator, discriminator)
        logs = ["discriminator_loss", "generator_loss"]
        if self.estimate_name:
            logs.append(self.estimate_name)
        self.penalties = check_penalties(
            penalties, discriminator, self._spec.shape, logs
        )
        self.augmentation = check_augmentation(augmentation, self._spec.shape)
        self.average = as_average(average)
        self.progress = Progress(self)
        logs += [penalty.name for penalty in self.penalties]
        self._trackers = [keras.metrics.Mean(name=name) for name in logs]
        self.built = True

    def default_optimizer(self, name: str) -> keras.optimizers.Optimizer:
        """Adam(2e-4, beta_1=0.5), the choice of Radford et al. 2016."""
        return keras.optimizers.Adam(2e-4, beta_1=0.5, name=name)

    def compile(
        self,
        generator_optimizer: Any = None,
        discriminator_optimizer: Any = None,
        *,
        metrics: Sequence[Any] | None = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = "auto",
        **keras_arguments: Any,
    ) -> None:
        """Gives each player its optimizer.

        Args:
            generator_optimizer: Keras optimizer, its name, or `None` for the
                default of the objective's paper.
            discriminator_optimizer: Likewise, another object.
            metrics: Keras metrics with `update_state(real, fake)`, both
                `(batch, ...)`, such as those of `kgan.metrics`, computed by
                `evaluate` and on `validation_data`, not on training batches;
                or functions `(real, fake)` whose mean is reported.
            run_eagerly: Whether to run steps without compiling them.
            steps_per_execution: Steps per compiled call; 1 on PyTorch.
            jit_compile: Whether XLA (TensorFlow, JAX) or torch.compile
                (PyTorch) makes kernels of a step. `"auto"`: on JAX, and on
                TensorFlow where there is a GPU.
            keras_arguments: None: those of Keras's own models, such as
                `optimizer` and `loss`, are refused.

        Raises:
            ValueError: If both players share an optimizer object, a metric
                does not take the generator's samples, two metrics share a
                name, the backend has no `steps_per_execution`, or an
                argument is of another type or one of Keras's own.
        """
        refuse_keras_arguments(keras_arguments)
        check_ways_of_running(run_eagerly, steps_per_execution, jit_compile)
        sample_metrics = compiled_metrics(
            metrics, self._spec.shape, [t.name for t in self._trackers]
        )
        optimizers = player_optimizers(
            self, generator_optimizer, discriminator_optimizer
        )
        self.generator_optimizer, self.discriminator_optimizer = optimizers
        self.agree_on_optimizers(*optimizers)
        generators = {id(v) for v in self.generator.trainable_variables}
        both = keras.optimizers.MultiOptimizer(
            lambda variable: optimizers[id(variable) not in generators]
        )
        both.build(self.trainable_variables)
        self.compiles_graph = (
            jit_compile is True and keras.backend.backend() == "torch"
        )
        super().compile(
            optimizer=both,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=backend.keras_jit_compile(jit_compile),
        )
        self.sample_metrics = sample_metrics
        self._trained_variables = TrainedVariables(self)
        self.generator_layer_losses = LayerLosses(self.generator)
        self.discriminator_layer_losses = LayerLosses(self.discriminator)
        self.note_compilation(
            generator_optimizer=self.generator_optimizer,
            discriminator_optimizer=self.discriminator_optimizer,
            metrics=metrics,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
        )

    def agree_on_optimizers(
        self,
        generator_optimizer: keras.optimizers.Optimizer,
        discriminator_optimizer: keras.optimizers.Optimizer,
    ) -> None:
        """Called before the optimizers make variables: may refuse them."""

    def _initialize_ddp(self) -> None:
        """Does nothing: a step sends gradients itself, in one message.

        As soon as torch.distributed runs, Keras 3.16 wraps any model in
        DistributedDataParallel (keras-team/keras#23316), which keeps buckets
        of all weights and is called by Keras's own train step alone. It can go
        once Keras wraps a model only where its step is Keras's own.
        """

    def make_train_function(self, force: bool = False) -> None:
        """Builds the function of a step, unless it is there."""
        if self._trained_variables:
            self._trained_variables.check(self)
        if force or getattr(self, "train_function", None) is None:
            faster = speed.install(self, "train_step")
            super().make_train_function(force)
            function = faster(self.train_function)
            self.train_function = backend.train_function(self, function)

    def make_test_function(self, force: bool = False) -> None:
        """Builds the function of a test step, unless it is there."""
        if force or getattr(self, "test_function", None) is None:
            faster = speed.install(self, "test_step")
            super().make_test_function(force)
            function = faster(self.test_function)
            self.test_function = backend.test_function(self, function)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The losses, and in `evaluate` the metrics of `compile` too."""
        sample_metrics = self.sample_metrics if self._evaluating else []
        return [*self._trackers, *sample_metrics]

    def get_metrics_result(self) -> dict:
        """The losses: what a step can tell. `evaluate` adds the metrics."""
        # Penalties are of training alone.
        unknown = {p.name for p in self.penalties} if self._evaluating else ()
        return {
            tracker.name: tracker.result()
            for tracker in self._trackers
            if tracker.name not in unknown
        }

    def clip_weights(self, clip_value: float | None) -> None:
        """Clips the discriminator to [-c, c] after each update from now on.

        `fit` begins and ends without a clip: pass
        `kgan.callbacks.WeightClip` to it. `train_on_batch` keeps this one.

        Args:
            clip_value: Positive float c, or `None` to stop clipping.

        Raises:
            ValueError: If `clip_value` is not a positive finite number.
        """
        was_used = self.clip.used
        self.clip.set(clip_value)
        if self.clip.used and not was_used:
            # Only the first clip of all changes the step itself.
            self.make_train_function(force=True)

    @property
    def clip_value(self) -> float | None:
        """The present bound of the discriminator's weights, or `None`."""
        return self.clip.value
