"""Where a run goes on, said by a callback that holds it on disk."""

from typing import Any

import keras

from kgan.agreement import agree
from kgan.fitting.callbacks import as_list
from kgan.runs.facts import RunFacts


def resume(
    model: Any, callbacks: Any, initial_epoch: int, facts: RunFacts
) -> int:
    """Lets a callback with a `restore_run` put its run into the model.

    Args:
        model: A compiled model.
        callbacks: As given to `fit`.
        initial_epoch: As given to `fit`.
        facts: Of the training that `fit` was asked for. They become the
            model's, and a run that goes on must have the same.

    Returns:
        The epochs that this run has done, 0 for a new one.

    Raises:
        ValueError: If there are two such callbacks, or `initial_epoch` says
            something else, or the run has other facts.
    """
    holders = [c for c in as_list(callbacks) if hasattr(c, "restore_run")]
    if len(holders) > 1:
        raise ValueError(
            "One Checkpoint says where a run goes on. Received: "
            f"{len(holders)} in `callbacks`."
        )
    found = {"run to go on with": sum(h.has_run() for h in holders)}
    agree(
        found, "The directory of the Checkpoint must be one that all can see."
    )
    run = model.run
    before, run.facts = run.facts, facts
    try:
        done = sum(holder.restore_run(model) for holder in holders)
    except BaseException:
        run.facts = before
        raise
    if done and initial_epoch not in (0, done):
        raise ValueError(
            "The Checkpoint says where this run goes on. Received: "
            f"initial_epoch={initial_epoch} with a run of {done} epochs. "
            "Leave it out."
        )
    return done


def first_epoch(done: int, initial_epoch: int, epochs: int) -> int:
    """The epoch, from 0, with which `fit` begins.

    Args:
        done: Epochs that a resumed run has done, fewer than `epochs`.
        initial_epoch: As given to `fit`.
        epochs: As given to `fit`.

    Raises:
        ValueError: If no epoch is left to train.
    """
    if not done and initial_epoch >= epochs:
        raise ValueError(
            "`epochs` is the number of the last epoch to train, and "
            "`initial_epoch` that of the last one done, so nothing is left to "
            f"train. Received: initial_epoch={initial_epoch}, "
            f"epochs={epochs}. Pass a larger `epochs`, such as "
            f"{initial_epoch + epochs} for {epochs} more."
        )
    return done or initial_epoch


def finished(model: Any) -> keras.callbacks.History:
    """Returns what `fit` leaves behind when nothing is left to train."""
    # Keras ends every fit so: an optimizer may keep means of the weights.
    model.optimizer.finalize_variable_values(model.trainable_weights)
    history = keras.callbacks.History()
    history.set_model(model)
    history.on_train_begin()
    model.history = history
    return history
