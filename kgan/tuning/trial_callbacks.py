"""The callbacks that keras-tuner passes for a trial, made fit for seeds."""

import copy
import os
from typing import Any

import keras


def without_saver(callbacks: list) -> tuple[Any, list]:
    """Splits off keras-tuner's callback that keeps the best model.

    keras-tuner 1.4.8 passes it among the user's callbacks. Its class is
    private, so its attributes identify it. Returns it and the others.
    """
    saver = None
    others = []
    for callback in callbacks:
        if hasattr(callback, "objective") and hasattr(callback, "filepath"):
            saver = callback
        else:
            others.append(callback)
    return saver, others


def own_callbacks(callbacks: list, seed: int) -> list:
    """Returns the callbacks for one seed: fresh copies of the user's.

    keras-tuner's callback of a trial is passed on without a copy. Its HParams
    callback is left out: it writes one session per trial whatever the seeds,
    and on TensorFlow only. `kgan.tuning.write_hparams` does that instead.
    """
    trial = next(
        (c.trial.trial_id for c in callbacks if hasattr(c, "trial")), None
    )
    chosen = []
    for callback in callbacks:
        module = type(callback).__module__
        if module.startswith("keras_tuner."):
            chosen.append(callback)
        elif not module.startswith("tensorboard.plugins.hparams"):
            callback = copy.deepcopy(callback)
            if isinstance(callback, keras.callbacks.TensorBoard):
                callback.log_dir = _log_dir(callback.log_dir, trial, seed)
            chosen.append(callback)
    return chosen


def _log_dir(log_dir: Any, trial: str | None, seed: int) -> str:
    # On TensorFlow, keras-tuner has put the trial into the path already.
    if keras.backend.backend() != "tensorflow" and trial is not None:
        log_dir = os.path.join(log_dir, trial, "execution0")
    return os.path.join(log_dir, f"seed_{seed}")
