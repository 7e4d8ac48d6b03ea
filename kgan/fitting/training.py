"""`fit` and `train_on_batch`, over steps of fresh batches."""

import warnings
from types import SimpleNamespace
from typing import Any

import keras

from kgan import backend, distribution, steps
from kgan.agreement import begins_together
from kgan.fitting.arguments import checked, refuse_weights, require_compiled
from kgan.fitting.callbacks import (
    Watch,
    around,
    as_list,
    show_data,
    warn_of_keras_terminate_on_nan,
)
from kgan.fitting.data import (
    facts_of,
    split,
    training_steps,
    validation_batches,
)
from kgan.fitting.resuming import finished, first_epoch, resume
from kgan.weight_averages import check_averages


@begins_together
def fit(
    model: Any,
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
        y: Labels of an array for a conditional model, integers `(num,)` from
            0, as far as its networks know them. Other data brings its own,
            as `(batch, labels)`. Labels that no network takes are not used,
            and a warning says so.
        batch_size: Samples per batch of an array; `None` for 64.
        epochs: Number of the last epoch, 1 or more.
        shuffle: Whether arrays and PyDatasets are shuffled each epoch,
            by the model's seed and the number of steps trained.
        validation_data: Real samples for `evaluate`, each epoch; with their
            labels `(x, y)`.
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
            fills no step; if labels are missing or of no class that the
            networks know; or if a run goes on with other data.
        Exception: Whatever the user's own generator, data set or callback
            raises, as it is. The model keeps the steps done.
    """
    require_compiled(model, "fit")
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
    x = steps.arrays_in_numpy(x)
    given.y = model.sample_spec.labels.beside(x, y)
    if given.validation_split and validation_data is None:
        x, given.y, validation_data = split(x, given.y, given.validation_split)
    check_averages(model, as_list(given.callbacks), validation_data is not None)
    with steps.translate():
        return _fit(model, x, validation_data, given)


def _fit(
    model: Any, x: Any, validation_data: Any, given: SimpleNamespace
) -> keras.callbacks.History:
    """Fits, with arguments that are checked, and arrays of NumPy."""
    facts_of_run = facts_of(model, x, given)
    done = resume(model, given.callbacks, given.initial_epoch, facts_of_run)
    if done >= given.epochs:
        return finished(model)
    given.initial_epoch = first_epoch(done, given.initial_epoch, given.epochs)
    data, given.steps_per_epoch = training_steps(model, x, given, done)
    show_data(given.callbacks, x, given.y)
    if validation_data is not None:
        validation_data = validation_batches(model, validation_data, given)
    data = model.peers.join_fit(
        data, validation_data, given.steps_per_epoch, given.initial_epoch
    )
    return _train(model, data, validation_data, given)


def _train(
    model: Any, data: Any, validation_data: Any, given: SimpleNamespace
) -> keras.callbacks.History:
    """Trains on steps and batches that are ready, without a clip at first."""
    watch = Watch(data)
    before = model.run.steps_done()
    model.clip_weights(None)
    try:
        with (
            distribution.watch(),
            steps.translate(),
            backend.keep_state(model),
            warnings.catch_warnings(),
        ):
            if given.steps_per_epoch is None:
                # The end of the data does not deserve Keras's warning.
                warnings.filterwarnings("ignore", "Your input ran out")
            history = _keras_fit(model, data, validation_data, watch, given)
    except UnboundLocalError as error:
        # On JAX, Keras 3.15 fails after an epoch without steps, because it has
        # no `logs`. The user's errors pass. This can go once Keras sets `logs`
        # before its loop.
        if model.run.steps_done() != before or "'logs'" not in str(error):
            raise
    finally:
        model.clip_weights(None)
    if watch.epoch_began and model.run.steps_done() == before:
        raise ValueError(
            "The data (`x`) is too small for one step. Received: less "
            f"than {model.batches_per_step} full batches. Bring more "
            "data, a smaller batch size or a smaller n_critic."
        )
    return history


def _keras_fit(
    model: Any,
    data: Any,
    validation_data: Any,
    watch: Watch,
    given: SimpleNamespace,
) -> keras.callbacks.History:
    """Runs Keras's `fit`."""
    replicas = model.peers.share().replicas
    verbose = 0 if distribution.process_index() else given.verbose
    return keras.Model.fit(
        model,
        steps.readable(data, replicas),
        epochs=given.epochs,
        verbose=verbose,
        callbacks=around(model, given.callbacks, watch, verbose),
        validation_data=steps.readable(validation_data, replicas),
        shuffle=False,
        initial_epoch=given.initial_epoch,
        steps_per_epoch=given.steps_per_epoch,
        validation_steps=given.validation_steps,
        validation_freq=given.validation_freq,
    )


def train_on_batch(
    model: Any,
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
        y: Their labels, `(n_critic * batch,)`, for a conditional model.
        return_dict: Whether to return a dict.

    Returns:
        The logs of the step, a list or a dict.

    Raises:
        ValueError: If the samples do not fit the networks or do not
            divide by `n_critic`.
    """
    require_compiled(model, "train_on_batch")
    refuse_weights(class_weight, sample_weight)
    return_dict = checked(return_dict=return_dict).return_dict
    model.peers.refuse_strategy("train_on_batch", "fit")
    model.peers.join_batch()
    step = steps.one_step(
        x, model.batches_per_step, model.sample_spec, model.peers.share(), y
    )
    with backend.keep_state(model):
        return keras.Model.train_on_batch(model, *step, return_dict=return_dict)
