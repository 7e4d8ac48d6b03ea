"""`fit` and its companions, over steps of fresh batches."""

import warnings
import weakref
from typing import Any

import keras

from kgan import backend, distribution, steps
from kgan.agreement import begins_together
from kgan.evaluation import EvaluatingModel, refuse_weights
from kgan.metrics.compiled import check_enough
from kgan.resuming import Count, as_list, finished, resume


class FittingModel(EvaluatingModel):
    """Keras's training loop, fed with `n_critic` fresh batches per step."""

    def check_constraints(self) -> None:
        """Called once callbacks have begun: may warn of a missing bound."""

    @begins_together
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
            callbacks: Among them perhaps a `kgan.callbacks.Checkpoint`, whose
                run goes on: `epochs` counts from its very beginning, and
                nothing is trained once they are done.

        The remaining arguments are Keras's own.

        Returns:
            `keras.callbacks.History` of `discriminator_loss`,
            `generator_loss` and the objective's estimate.

        Raises:
            ValueError: If the data does not fit the networks, lies outside
                its range, is not finite, or fills no step.
        """
        self.require_compiled("fit")
        refuse_weights(class_weight, sample_weight)
        if validation_split and validation_data is None:
            x, validation_data = _split(x, validation_split)
        resumed = resume(self, callbacks, initial_epoch)
        if resumed >= epochs > 0:
            return finished(self)
        initial_epoch = resumed or initial_epoch
        share = self.share()
        # On TensorFlow, Keras keeps the data of every fit for good.
        weak = weakref.proxy(self)
        data, steps_per_epoch = steps.as_steps(
            x,
            self.n_critic,
            self._spec,
            batch_size,
            steps_per_epoch,
            epochs - initial_epoch + resumed,
            share,
            epochs_to_skip=resumed,
            shuffle=bool(shuffle),
            seed=lambda: weak.seed,
            steps_done=lambda: weak._steps_done(),
        )
        if validation_data is not None:
            validation_data = steps.as_batches(
                validation_data,
                self._spec,
                batch_size
                if validation_batch_size is None
                else validation_batch_size,
            )
            if isinstance(validation_data, steps.ArrayBatches):
                check_enough(self.sample_metrics, validation_data.num_samples)
        data = self.join_fit(
            data, validation_data, steps_per_epoch, initial_epoch
        )
        if distribution.process_index():
            verbose = 0
        watch = _Watch(data)
        before = self._steps_done()
        self.clip_weights(None)
        try:
            with (
                distribution.watch(),
                steps.translate(),
                backend.keep_state(self),
                warnings.catch_warnings(),
            ):
                if steps_per_epoch is None:
                    # The data's own end is not worth Keras's warning.
                    warnings.filterwarnings("ignore", "Your input ran out")
                history = super().fit(
                    steps.readable(data, share.replicas),
                    epochs=epochs,
                    verbose=verbose,
                    callbacks=self._with(callbacks, watch),
                    validation_data=steps.readable(
                        validation_data, share.replicas
                    ),
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
        self.require_compiled("train_on_batch")
        refuse_weights(class_weight, sample_weight)
        self.refuse_strategy("train_on_batch", "fit")
        self.join_batch()
        step = steps.one_step(x, self.n_critic, self._spec, self.share())
        return super().train_on_batch(step, return_dict=return_dict)

    def _with(self, callbacks: Any, watch: keras.callbacks.Callback) -> Any:
        """The user's callbacks, with a count before and `watch` behind."""
        count = Count()
        if isinstance(callbacks, keras.callbacks.CallbackList):
            for callback in (count, watch):
                callback.set_model(self)
            callbacks.callbacks.insert(0, count)
            callbacks.callbacks.append(watch)
            return callbacks
        callbacks = as_list(callbacks)
        if any(type(c) is keras.callbacks.TerminateOnNaN for c in callbacks):
            warnings.warn(
                "keras.callbacks.TerminateOnNaN looks at a log named `loss`, "
                "which a GAN does not have, and will not stop this training. "
                "Use kgan.callbacks.TerminateOnNaN.",
                stacklevel=3,
            )
        return [count, *callbacks, watch]

    def _steps_done(self) -> int:
        return int(keras.ops.convert_to_numpy(self.optimizer.iterations))


class _Watch(keras.callbacks.Callback):
    """Sees training and its epochs begin, after the user's callbacks have."""

    def __init__(self, data: Any):
        super().__init__()
        self._data = data
        self.epoch_began = False

    def on_train_begin(self, logs=None):
        self.model.check_constraints()

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch_began = True
        if isinstance(self._data, steps.OrderedSteps):
            self._data.begin_epoch()


def _split(x: Any, validation_split: float) -> tuple[Any, Any]:
    if not hasattr(x, "shape") or not 0 < validation_split < 1:
        raise ValueError(
            "`validation_split` is a fraction in (0, 1) of an array. "
            f"Received: validation_split={validation_split} with "
            f"{type(x).__name__}. Pass `validation_data` instead."
        )
    kept = int(len(x) * (1 - validation_split))
    return x[:kept], x[kept:]
