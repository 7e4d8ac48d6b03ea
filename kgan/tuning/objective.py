"""Scores that a search may minimise: of samples, never the critic's loss."""

from collections.abc import Sequence
from typing import Any

import keras_tuner

from kgan.metrics import (
    FrechetDistance,
    KernelDistance,
    MaximumMeanDiscrepancy,
    PyramidSlicedWasserstein,
    SampleMetric,
    SlicedWasserstein,
    Wasserstein1,
)
from kgan.objectives.table import table

DISTANCES = (
    FrechetDistance,
    KernelDistance,
    MaximumMeanDiscrepancy,
    PyramidSlicedWasserstein,
    SlicedWasserstein,
    Wasserstein1,
)
# Names that other scripts use for a loss.
OTHER_LOSSES = {"loss", "critic_loss"}


def check_metrics(metrics: Any) -> list[SampleMetric]:
    """Returns the metrics; raises ValueError unless they judge samples."""
    if (
        not isinstance(metrics, list | tuple)
        or not metrics
        or not all(isinstance(m, SampleMetric) for m in metrics)
    ):
        raise ValueError(
            "`metrics` must be a list of metrics of samples from kgan.metrics, "
            "at least one, such as [kgan.metrics.SlicedWasserstein()]. "
            f"Received: metrics={metrics!r}"
        )
    names = [name for metric in metrics for name in metric.keys()]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(
            "Each of `metrics` needs its own names in the logs. Received "
            f"more than once: {', '.join(twice)}. Pass name= to one of them."
        )
    return list(metrics)


def as_objective(
    objective: Any, metrics: Sequence[SampleMetric]
) -> keras_tuner.Objective:
    """Returns the objective as a keras-tuner objective with a direction.

    Args:
        objective: Name in the logs, with or without `val_`, a
            `keras_tuner.Objective`, or `None` for the first metric.
        metrics: Checked metrics.

    Raises:
        ValueError: If it is a player's loss, if it is not the name of a
            metric, or if the metric's direction is unknown and not given.
    """
    names = {f"val_{k}": metric for metric in metrics for k in metric.keys()}
    if objective is None:
        objective = next(iter(names))
    direction = None
    if isinstance(objective, keras_tuner.Objective):
        objective, direction = objective.name, objective.direction
    if not isinstance(objective, str):
        raise ValueError(
            "`objective` must be the name of a metric's log or a "
            f"keras_tuner.Objective. Received: objective={objective!r}"
        )
    refuse_losses(objective)
    name = f"val_{objective.removeprefix('val_')}"
    if name not in names:
        raise ValueError(
            f"`objective` must be of the metrics: {', '.join(names)}. "
            f"Received: objective={objective!r}. Add its metric to `metrics`."
        )
    if direction is None and isinstance(names[name], DISTANCES):
        direction = "min"
    if direction is None:
        raise ValueError(
            "Whether this metric is to be small or large is not known. "
            f"Received: objective={objective!r}. Pass objective="
            f'keras_tuner.Objective("{name}", direction="max") or "min".'
        )
    return keras_tuner.Objective(name, direction)


def refuse_losses(name: str) -> None:
    """Raises ValueError if the log of this name is a player's loss."""
    losses = OTHER_LOSSES.union(*(row.logs for row in table().values()))
    if name.removeprefix("val_") in losses:
        raise ValueError(
            "A search on a player's loss finds nothing: with clipped weights "
            "the critic's loss is K times the distance, and K grows with the "
            "clip value, so that such a search picks an end of the clip's "
            "range whatever the samples look like. Received: "
            f"objective={name!r}. Search on a metric of held-out samples: "
            "metrics=[kgan.metrics.SlicedWasserstein()] and "
            'objective="val_sliced_wasserstein".'
        )


def check_same(given: Any, expected: keras_tuner.Objective) -> None:
    """Raises ValueError unless a tuner has the hyper-model's objective."""
    name = getattr(given, "name", str(given))
    refuse_losses(name)
    for part in getattr(given, "objectives", []):
        refuse_losses(part.name)
    if (name, getattr(given, "direction", None)) != (
        expected.name,
        expected.direction,
    ):
        raise ValueError(
            "The tuner must search on the objective of its GANHyperModel: "
            "pass objective=hypermodel.objective to it. Received: "
            f"{given}, expected: {expected}"
        )
