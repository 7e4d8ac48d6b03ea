"""Data of `fit`: steps, validation, what a run compares."""

import weakref
from types import SimpleNamespace
from typing import Any

from kgan import steps
from kgan.fitting.callbacks import clip_values
from kgan.metrics.compiled import check_enough
from kgan.runs.facts import RunFacts


def split(x: Any, y: Any, validation_split: float) -> tuple[Any, Any, Any]:
    """An array's first part and its labels, and the rest, to validate."""
    if not hasattr(x, "shape"):
        raise ValueError(
            "`validation_split` is a fraction of an array. Received: "
            f"validation_split={validation_split} with {type(x).__name__}. "
            "Pass `validation_data` instead."
        )
    kept = int(len(x) * (1 - validation_split))
    if kept in (0, len(x)):
        raise ValueError(
            "`validation_split` must leave samples to train on and samples "
            f"to validate. Received: validation_split={validation_split} of "
            f"{len(x)} samples."
        )
    if y is None:
        return x[:kept], None, x[kept:]
    return x[:kept], y[:kept], (x[kept:], y[kept:])


def facts_of(model: Any, x: Any, given: SimpleNamespace) -> RunFacts:
    """Returns what a run that goes on must share with this `fit`."""
    known = steps.data_facts(
        x,
        model.batches_per_step,
        given.batch_size,
        given.steps_per_epoch,
        given.shuffle,
        model.peers.share(),
        given.y,
    )
    return RunFacts(known, clip_value=clip_values(given.callbacks))


def training_steps(
    model: Any, x: Any, given: SimpleNamespace, done: int
) -> tuple[Any, int | None]:
    """Data for Keras's own `fit`, and its `steps_per_epoch`.

    Args:
        model: A compiled model.
        x: Training data.
        given: The other arguments of `fit`.
        done: Epochs of a run that goes on, which the data is wound behind.
    """
    # On TensorFlow, Keras keeps the data of every fit for good.
    weak = weakref.proxy(model)
    return steps.as_steps(
        x,
        model.batches_per_step,
        model.sample_spec,
        given.batch_size,
        given.steps_per_epoch,
        given.epochs - given.initial_epoch + done,
        model.peers.share(),
        epochs_to_skip=done,
        labels=given.y,
        shuffle=given.shuffle,
        seed=lambda: weak.seed,
        steps_done=lambda: weak.run.steps_done(),
    )


def validation_batches(model: Any, data: Any, given: SimpleNamespace) -> Any:
    """Data for the `evaluate` of each epoch."""
    batch_size = given.validation_batch_size or given.batch_size
    batches = steps.as_batches(
        data, model.sample_spec.named("validation_data"), batch_size
    )
    if isinstance(batches, steps.ArrayBatches):
        check_enough(model.scores.sample_metrics, batches.num_samples)
    return batches
