"""Where a run goes on, said by a callback that holds it on disk."""

from typing import Any

import keras

from kgan.evaluation import EvaluatingModel


class Count(keras.callbacks.Callback):
    """Counts epochs done, before the user's callbacks save the model."""

    def on_epoch_end(self, epoch, logs=None):
        self.model.epochs_done = epoch + 1


def as_list(callbacks: Any) -> list[keras.callbacks.Callback]:
    """What `fit` takes as `callbacks`, flat."""
    if isinstance(callbacks, keras.callbacks.CallbackList):
        return callbacks.callbacks
    return keras.tree.flatten(callbacks or [])


def resume(model: EvaluatingModel, callbacks: Any, initial_epoch: int) -> int:
    """Lets a callback with a `restore_run` put its run into the model.

    Args:
        model: A compiled model.
        callbacks: As given to `fit`.
        initial_epoch: As given to `fit`.

    Returns:
        The epochs that this run has done, 0 for a new one.

    Raises:
        ValueError: If there are two such callbacks, or `initial_epoch` says
            something else.
    """
    holders = [c for c in as_list(callbacks) if hasattr(c, "restore_run")]
    if len(holders) > 1:
        raise ValueError(
            "One Checkpoint says where a run goes on. Received: "
            f"{len(holders)} in `callbacks`."
        )
    found = {"run to go on with": sum(h.has_run() for h in holders)}
    model.agree(
        found, "The directory of the Checkpoint must be one that all can see."
    )
    done = sum(holder.restore_run(model) for holder in holders)
    if done and initial_epoch not in (0, done):
        raise ValueError(
            "The Checkpoint says where this run goes on. Received: "
            f"initial_epoch={initial_epoch} with a run of {done} epochs. "
            "Leave it out."
        )
    return done


def finished(model: EvaluatingModel) -> keras.callbacks.History:
    """What `fit` leaves behind when nothing is left to train."""
    # Keras ends every fit so: an optimizer may keep means of the weights.
    model.optimizer.finalize_variable_values(model.trainable_weights)
    history = keras.callbacks.History()
    history.set_model(model)
    history.on_train_begin()
    model.history = history
    return history
