"""`fit` and its companions, over steps of fresh batches."""

import warnings
from typing import Any

import keras

from kgan import backend, steps
from kgan.two_player import TwoPlayerModel


class FittingModel(TwoPlayerModel):
    """Keras's training loop, fed with `n_critic` fresh batches per step."""

    def check_constraints(self) -> None:
        """Called once callbacks have begun: may warn of a missing bound."""

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int = 1,
    ) -> keras.callbacks.History:
        """Trains both players, as `keras.Model.fit` does.

        One step takes `n_critic` batches, in order, and makes `n_critic`
        discriminator updates and one generator update. Batches that cannot
        fill a step and a ragged last batch are dropped.

        Args:
            x: Real samples: an array `(num, ...)`, or batches `(batch, ...)`
                or `(batch, labels)` from a tf.data.Dataset,
                keras.utils.PyDataset, Python generator or torch DataLoader.
                Floating point; images NHWC in [-1, 1].
            y: Ignored, so that labelled data can be passed as it is.
            batch_size: Samples per batch of an array; `None` for 64.
            shuffle: Whether arrays and PyDatasets are shuffled each epoch,
                by the model's seed and the number of steps trained.
            validation_data: Real samples for `evaluate`, each epoch.
            steps_per_epoch: Train steps (generator updates) per epoch.

        The remaining arguments are Keras's own.

        Returns:
            `keras.callbacks.History` of `discriminator_loss`,
            `generator_loss` and the objective's estimate.

        Raises:
            ValueError: If the data does not fit the networks, lies outside
                its range, is not finite, or fills no step.
        """
        self._require_compiled("fit")
        _refuse_weights(class_weight, sample_weight)
        if validation_split and validation_data is None:
            x, validation_data = _split(x, validation_split)
        data, steps_per_epoch = steps.as_steps(
            x,
            self.n_critic,
            self._spec,
            batch_size,
            steps_per_epoch,
            shuffle=bool(shuffle),
            seed=self.seed,
            steps_done=self._steps_done,
        )
        if validation_data is not None:
            validation_data = steps.as_batches(
                validation_data,
                self._spec,
                batch_size
                if validation_batch_size is None
                else validation_batch_size,
            )
        watch = _Watch()
        before = self._steps_done()
        self.clip_weights(None)
        try:
            with (
                steps.translate(),
                backend.keep_state(self),
                warnings.catch_warnings(),
            ):
                if steps_per_epoch is None:
                    # The data's own end is not worth Keras's warning.
                    warnings.filterwarnings("ignore", "Your input ran out")
                history = super().fit(
                    data,
                    epochs=epochs,
                    verbose=verbose,
                    callbacks=self._with(callbacks, watch),
                    validation_data=validation_data,
                    shuffle=False,
                    initial_epoch=initial_epoch,
                    steps_per_epoch=steps_per_epoch,
                    validation_steps=validation_steps,
                    validation_freq=validation_freq,
                )
        except UnboundLocalError:
            # Keras on JAX stumbles over an epoch without a single step.
            if self._steps_done() != before:
                raise
        finally:
            self.clip_weights(None)
        if watch.epoch_began and self._steps_done() == before:
            raise ValueError(
                "The data is too small for one step. Received: less than "
                f"n_critic={self.n_critic} full batches. Bring more data, a "
                "smaller batch size or a smaller n_critic."
            )
        return history

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **kwargs,
    ) -> Any:
        """Returns losses and metrics on real samples; trains nothing.

        The latents are the same at every call, so that two calls on the same
        weights and data agree.

        Args:
            x: Real samples, as for `fit`; every one counts.
            y: Ignored.
            batch_size: Samples per batch of an array; `None` for 64.

        The remaining arguments are Keras's own.

        Returns:
            List of scalars in the order of `metrics_names`, or a dict of
            them with `return_dict=True`.

        Raises:
            ValueError: If the data does not fit the networks.
        """
        self._require_compiled("evaluate")
        _refuse_weights(None, sample_weight)
        if not kwargs.get("_use_cached_eval_dataset"):
            x = _as_batches(x, self._spec, batch_size)
        with _translate(), _Evaluating(self), backend.keep_state(self):
            return super().evaluate(
                x,
                verbose=verbose,
                steps=steps,
                callbacks=callbacks,
                return_dict=return_dict,
                **kwargs,
            )

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Trains one step on `n_critic` batches.

        Args:
            x: Real samples `(n_critic * batch, ...)`: the first `batch` rows
                are the batch of the first discriminator update, and so on.
            y: Ignored.
            return_dict: Whether to return a dict.

        Returns:
            The logs of the step, a list or a dict.

        Raises:
            ValueError: If the samples do not fit the networks or do not
                divide by `n_critic`.
        """
        self._require_compiled("train_on_batch")
        _refuse_weights(class_weight, sample_weight)
        step = _one_step(x, self.n_critic, self._spec)
        return super().train_on_batch(step, return_dict=return_dict)

    def test_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Losses and metrics of one batch `(batch, ...)`; trains nothing."""
        self._require_compiled("test_on_batch")
        _refuse_weights(None, sample_weight)
        batch = _one_step(x, 1, self._spec)[:, 0]
        with _Evaluating(self):
            return super().test_on_batch(batch, return_dict=return_dict)

    def _with(self, callbacks: Any, watch: keras.callbacks.Callback) -> Any:
        """The user's callbacks, and `watch` behind them."""
        if isinstance(callbacks, keras.callbacks.CallbackList):
            watch.set_model(self)
            callbacks.callbacks.append(watch)
            return callbacks
        callbacks = keras.tree.flatten(callbacks or [])
        if any(type(c) is keras.callbacks.TerminateOnNaN for c in callbacks):
            warnings.warn(
                "keras.callbacks.TerminateOnNaN looks at a log named `loss`, "
                "which a GAN does not have, and will not stop this training. "
                "Use kgan.callbacks.TerminateOnNaN.",
                stacklevel=3,
            )
        return [*callbacks, watch]

    def _steps_done(self) -> int:
        return int(keras.ops.convert_to_numpy(self.optimizer.iterations))

    def _require_compiled(self, method: str) -> None:
        if not self.compiled:
            raise ValueError(
                f"Call `compile()` before `{method}()`. Received: a "
                f"{type(self).__name__} without optimizers; `gan.compile()` "
                "takes the defaults of its paper."
            )


# The method `evaluate` has an argument called `steps`.
_as_batches = steps.as_batches
_translate = steps.translate
_one_step = steps.one_step


class _Watch(keras.callbacks.Callback):
    """Sees whether training began, after the user's callbacks have."""

    epoch_began = False

    def on_train_begin(self, logs=None):
        self.model.check_constraints()

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch_began = True


class _Evaluating:
    """Turns on the metrics of `compile` and rewinds the latents."""

    def __init__(self, model: FittingModel):
        self._model = model

    def __enter__(self):
        model = self._model
        model._evaluating = True
        model._evaluation_seed.state.assign([model.seed + 1, 0])

    def __exit__(self, *exception):
        self._model._evaluating = False


def _refuse_weights(class_weight: Any, sample_weight: Any) -> None:
    for name, value in (
        ("class_weight", class_weight),
        ("sample_weight", sample_weight),
    ):
        if value is not None:
            raise ValueError(
                f"`{name}` has no meaning for a GAN's real samples. "
                f"Received: {name}={value!r}. Leave it out; GAN and "
                "NonSaturatingGAN weigh real against fake by `class_prior`."
            )


def _split(x: Any, validation_split: float) -> tuple[Any, Any]:
    if not hasattr(x, "shape") or not 0 < validation_split < 1:
        raise ValueError(
            "`validation_split` is a fraction in (0, 1) of an array. "
            f"Received: validation_split={validation_split} with "
            f"{type(x).__name__}. Pass `validation_data` instead."
        )
    kept = int(len(x) * (1 - validation_split))
    return x[:kept], x[kept:]
