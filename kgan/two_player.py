"""Two networks and two optimizers, as one Keras model."""

import functools
import random
from collections.abc import Sequence
from numbers import Integral
from typing import Any

import keras
import numpy as np

from kgan import backend, steps
from kgan.backend.layer_calls import LayerCall
from kgan.metrics.compiled import compiled_metrics
from kgan.networks import (
    all_layers,
    check_clip_value,
    check_networks,
    check_positive_integer,
)
from kgan.saving import SavedModel

# Finite, so that the difference of two models' weights is too.
NO_CLIP = float(np.finfo("float32").max)


class TwoPlayerModel(SavedModel):
    """What Keras needs to compile a pair of networks.

    Both optimizers sit in one `keras.optimizers.MultiOptimizer`, so that
    Keras's threading of JAX state, its sharding, its checkpoints and its
    learning rate callbacks see the variables of both players.
    """

    estimate_name: str | None = None

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        n_critic: int,
        seed: int | None,
        name: str | None,
    ):
        check_networks(generator, discriminator)
        super().__init__(name=name)
        self.n_critic = check_positive_integer("n_critic", n_critic)
        if seed is not None and (
            isinstance(seed, bool)
            or not isinstance(seed, Integral)
            or not 0 <= seed < 2**31 - 1
        ):
            raise ValueError(
                "`seed` must be an integer from 0 to 2**31 - 2, or None. "
                f"Received: seed={seed!r}"
            )
        # Python's generator is what keras.utils.set_random_seed seeds.
        self.seed = random.randint(0, 2**31 - 2) if seed is None else int(seed)
        self.generator = generator
        self.discriminator = discriminator
        self.latent_dim = generator.input_shape[1]
        self.clips_weights = False
        self.clip_value: float | None = None
        self.compiles_graph = False
        self._clip_value = self.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(NO_CLIP),
            trainable=False,
            name="clip_value",
        )
        self._training_seed = keras.random.SeedGenerator(self.seed)
        self._evaluation_seed = keras.random.SeedGenerator(self.seed + 1)
        self._evaluating = False
        self.sample_metrics: list[keras.metrics.Metric] = []
        self._trackers = [
            keras.metrics.Mean(name=tracked)
            for tracked in (
                "discriminator_loss",
                "generator_loss",
                self.estimate_name,
            )
            if tracked
        ]
        self._spec = steps.SampleSpec.of(generator, discriminator)
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

        Raises:
            ValueError: If both players share an optimizer object, a metric
                does not take the generator's samples, two metrics share a
                name, or the backend has no `steps_per_execution`.
        """
        if steps_per_execution != 1 and keras.backend.backend() == "torch":
            raise ValueError(
                "Keras has no `steps_per_execution` on the PyTorch backend. "
                f"Received: steps_per_execution={steps_per_execution!r}. Use "
                "1 there, or KERAS_BACKEND=tensorflow or jax."
            )
        check_positive_integer("steps_per_execution", steps_per_execution)
        sample_metrics = compiled_metrics(
            metrics, self._spec.shape, [t.name for t in self._trackers]
        )
        optimizers = [
            self.default_optimizer(f"{player}_optimizer")
            if given is None
            else keras.optimizers.get(given)
            for player, given in (
                ("generator", generator_optimizer),
                ("discriminator", discriminator_optimizer),
            )
        ]
        self.generator_optimizer, self.discriminator_optimizer = optimizers
        if self.generator_optimizer is self.discriminator_optimizer:
            raise ValueError(
                "Each player needs an optimizer of its own, as each keeps "
                "moments of its own. Received: one object for both, "
                f"{self.generator_optimizer!r}. Construct two."
            )
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

    @functools.cached_property
    def convolves(self) -> bool:
        """Whether a network has a layer with a kernel of pixels."""
        return any(
            hasattr(layer, "kernel_size")
            for network in (self.generator, self.discriminator)
            for layer in all_layers(network)
        )

    # Keras takes a list that is set for layers of this model.
    @functools.cached_property
    def layer_calls(self) -> list[LayerCall]:
        """The layers that do in a train step what the backend does faster."""
        return [
            (layer, call)
            for network in (self.generator, self.discriminator)
            for layer in all_layers(network)
            if (call := backend.layer_call(layer)) is not None
        ]

    def make_train_function(self, force: bool = False) -> None:
        """Builds the function of a step, unless it is there."""
        if force or getattr(self, "train_function", None) is None:
            self.step_graphs = backend.step_graphs(self.compiles_graph)
            super().make_train_function(force)
            function = backend.train_function(self)
            if function:
                self.train_function = function

    def make_test_function(self, force: bool = False) -> None:
        """Builds the function of a test step, unless it is there."""
        if force or getattr(self, "test_function", None) is None:
            super().make_test_function(force)
            function = backend.test_function(self)
            if function:
                self.test_function = function

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The losses, and in `evaluate` the metrics of `compile` too."""
        sample_metrics = self.sample_metrics if self._evaluating else []
        return [*self._trackers, *sample_metrics]

    def get_metrics_result(self) -> dict:
        """The losses: what a step can tell. `evaluate` adds the metrics."""
        return {tracker.name: tracker.result() for tracker in self._trackers}

    def clip_weights(self, clip_value: float | None) -> None:
        """Clips the discriminator to [-c, c] after each update from now on.

        `fit` begins and ends without a clip: pass
        `kgan.callbacks.WeightClip` to it. `train_on_batch` keeps this one.

        Args:
            clip_value: Positive float c, or `None` to stop clipping.

        Raises:
            ValueError: If `clip_value` is not a positive finite number.
        """
        if clip_value is not None:
            clip_value = check_clip_value(clip_value)
        self.clip_value = clip_value
        self._clip_value.assign(NO_CLIP if clip_value is None else clip_value)
        if clip_value is not None and not self.clips_weights:
            # The bound is a variable, so that a compiled step obeys a new
            # one; only the first clip of all changes the step itself.
            self.clips_weights = True
            self.make_train_function(force=True)
