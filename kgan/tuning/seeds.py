"""One run of a trial: a model of one seed, trained and scored, or failed."""

import math
import warnings
from typing import Any

import keras
import keras_tuner
import numpy as np

from kgan.callbacks import WeightClip
from kgan.logs import LOSSES
from kgan.metrics import SampleMetric
from kgan.tuning.outcomes import Outcome

# Enough to distinguish a constant from samples.
VARIANCE_SAMPLES = 256


class Diverged(Exception):
    """Says that a player's loss is NaN or infinite."""


class StopDiverged(keras.callbacks.Callback):
    """Ends the training of a seed whose losses are not finite."""

    def on_train_batch_end(self, batch, logs=None):
        for name in LOSSES:
            loss = (logs or {}).get(name, 0.0)
            if not np.isfinite(keras.ops.convert_to_numpy(loss)):
                raise Diverged(f"{name} is not finite at step {batch + 1}")


@keras.saving.register_keras_serializable(package="kgan")
class VarianceShare(SampleMetric):
    """Computes the variance of generated samples, relative to real ones.

    The variances of all coordinates are summed. The result is 0 for a
    generator that makes only one sample, and about 1 for a good one.
    """

    default_name = "variance_share"

    def compute(self, real: np.ndarray, fake: np.ndarray) -> float:
        spread = real.var(axis=0).sum()
        return float(fake.var(axis=0).sum() / spread) if spread else math.inf


def train(
    model: keras.Model,
    hp: keras_tuner.HyperParameters,
    seed: int,
    objective: str,
    min_variance_share: float,
    fit: dict[str, Any],
) -> Outcome:
    """Trains a fresh model of one seed; returns its score at the end.

    Args:
        model: Compiled, untrained model.
        hp: The hyper-parameters of the trial. If they have a `clip_value`,
            the weights are clipped at it.
        seed: Seed of the model.
        objective: Name of the score in the logs of `fit`.
        min_variance_share: Share of the real variance below which the
            generator counts as collapsed.
        fit: Arguments of the model's `fit`, which validates in its last
            epoch.

    Raises:
        keras_tuner.errors.FatalValueError: If the data ended before the
            budget was spent.
    """
    callbacks = [StopDiverged(), *fit["callbacks"]]
    if "clip_value" in hp.values:
        callbacks.insert(0, WeightClip(hp.values["clip_value"]))
    try:
        with warnings.catch_warnings():
            # Samples are not finite: below, this is a failed seed.
            warnings.filterwarnings("ignore", ".*not defined for samples with")
            # Raised as an error below.
            warnings.filterwarnings("ignore", ".*ran out of data")
            logs = model.fit(**fit | {"callbacks": callbacks}).history
    except Diverged as error:
        return Outcome(seed, None, str(error))
    planned = fit["epochs"] * fit["steps_per_epoch"]
    done = int(keras.ops.convert_to_numpy(model.optimizer.iterations))
    if done != planned:
        raise keras_tuner.errors.FatalValueError(
            "The data ran out before the budget was spent, or a callback "
            "stopped the training, and trials with another n_critic would get "
            f"more of it. Received: {done} of {planned} steps. Repeat the data "
            "(`dataset.repeat()`) or pass an array, and no EarlyStopping."
        )
    score = float(logs[objective][-1])
    if not math.isfinite(score):
        return Outcome(seed, None, f"{objective} is {score}")
    share = logs.get("val_variance_share", [math.inf])[-1]
    if share < min_variance_share:
        return Outcome(
            seed,
            None,
            f"collapsed: the samples have {share:.2g} of the variance of the "
            f"held-out ones, less than {min_variance_share:.2g}",
        )
    return Outcome(seed, score)
