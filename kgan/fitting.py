"""`fit` and its companions, over steps of fresh batches."""

import warnings
from types import SimpleNamespace
from typing import Any

import keras

from kgan import backend, distribution, steps
from kgan.agreement import begins_together
from kgan.evaluation import EvaluatingModel, refuse_weights
from kgan.fit_arguments import checked
from kgan.fit_callbacks import (
    Watch,
    around,
    as_list,
    warn_of_keras_terminate_on_nan,
)
from kgan.fit_data import facts_of, split, training_steps, validation_batches
from kgan.resuming import finished, first_epoch, resume
from kgan.weight_averages import check_averages


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
                Floating point, finite as float32; images NHWC in [-1, 1].
                Masked, sparse and object arrays are refused.
            y: Ignored, so that labelled data can be passed as it is.
            batch_size: Samples per batch of an array; `None` for 64.
            epochs: Number of the last epoch, 1 or more.
            shuffle: Whether arrays and PyDatasets are shuffled each epoch,
                by the model's seed and the number of steps trained.
            validation_data: Real samples for `evaluate`, each epoch.
            initial_epoch: Epochs done before, fewer than `epochs`.
            steps_per_epoch: Train steps (generator updates) per epoch, 1 or
                more; `None` for one pass over the data.
            validation_freq: Epochs from one validation to the next, or a list
                of the epochs (from 1) to validate after.
            callbacks: Among them perhaps a `kgan.callbacks.Checkpoint`, whose
                run goes on: `epochs` counts from its very beginning, and
                nothing is trained once they are done.

        The remaining arguments are Keras's own. No number may exceed
        2**31 - 1, up to which Keras and the backends count.

        Returns:
            `keras.callbacks.History` of `discriminator_loss`,
            `generator_loss` and the objective's estimate.

        Raises:
            ValueError: If an argument is out of range, or the data does not
                fit the networks, lies outside its range, is not finite, or
                fills no step; or if a run goes on with other data.
            Exception: Whatever the user's own generator, data set or callback
                raises, as it is. The model keeps the steps done.
        """
        self.require_compiled("fit")
        refuse_weights(class_weight, sample_weight)
        given = checked(
            batch_size=batch_size,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_split=validation_split,
            shuffle=shuffle,
            initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
            validation_batch_size=validation_batch_size,
            validation_freq=validation_freq,
        )
        warn_of_keras_terminate_on_nan(given.callbacks)
        x = steps.plain(x)
        if given.validation_split and validation_data is None:
            x, validation_data = split(x, given.validation_split)
        check_averages(
            self, as_list(given.callbacks), validation_data is not None
        )
        with steps.translate():
            return self._fit(x, validation_data, given)

    def _fit(
        self, x: Any, validation_data: Any, given: SimpleNamespace
    ) -> keras.callbacks.History:
        """`fit` with arguments that are checked, and arrays of NumPy."""
        facts_of_run = facts_of(self, x, given)
        done = resume(self, given.callbacks, given.initial_epoch, facts_of_run)
        if done >= given.epochs:
            return finished(self)
        given.initial_epoch = first_epoch(
            done, given.initial_epoch, given.epochs
        )
        data, given.steps_per_epoch = training_steps(self, x, given, done)
        if validation_data is not None:
            validation_data = validation_batches(self, validation_data, given)
        data = self.join_fit(
            data, validation_data, given.steps_per_epoch, given.initial_epoch
        )
        return self._train(data, validation_data, given)

    def _train(
        self, data: Any, validation_data: Any, given: SimpleNamespace
    ) -> keras.callbacks.History:
        """Keras's own `fit` on steps and batches."""
        replicas = self.share().replicas
        watch = Watch(data)
        before = self._steps_done()
        self.clip_weights(None)
        try:
            with (
                distribution.watch(),
                steps.translate(),
                backend.keep_state(self),
                warnings.catch_warnings(),
            ):
                if given.steps_per_epoch is None:
                    # The data's own end is not worth Keras's warning.
                    warnings.filterwarnings("ignore", "Your input ran out")
                history = super().fit(
                    steps.readable(data, replicas),
                    epochs=given.epochs,
                    verbose=(
                        0 if distribution.process_index() else given.verbose
                    ),
                    callbacks=around(self, given.callbacks, watch),
                    validation_data=steps.readable(validation_data, replicas),
                    shuffle=False,
                    initial_epoch=given.initial_epoch,
                    steps_per_epoch=given.steps_per_epoch,
                    validation_steps=given.validation_steps,
                    validation_freq=given.validation_freq,
                )
        except UnboundLocalError as error:
            # Keras 3.15 on JAX stumbles over an epoch without a single step,
            # of which `logs` are asked; the user's own errors go on. Once
            # Keras sets `logs` before its loop, this can go.
            if self._steps_done() != before or "'logs'" not in str(error):
                raise
        finally:
            self.clip_weights(None)
        if watch.epoch_began and self._steps_done() == before:
            raise ValueError(
                "The data (`x`) is too small for one step. Received: less "
                f"than {self.batches_per_step} full batches. Bring more "
                "data, a smaller batch size or a smaller n_critic."
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
        return_dict = checked(return_dict=return_dict).return_dict
        self.refuse_strategy("train_on_batch", "fit")
        self.join_batch()
        step = steps.one_step(
            x, self.batches_per_step, self._spec, self.share()
        )
        with backend.keep_state(self):
            return super().train_on_batch(step, return_dict=return_dict)

    def _steps_done(self) -> int:
        return int(keras.ops.convert_to_numpy(self.optimizer.iterations))
