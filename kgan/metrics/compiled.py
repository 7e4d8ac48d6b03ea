"""The metrics that `compile` takes, checked before anything trains."""

from collections.abc import Sequence
from typing import Any

import keras

from kgan.metrics.sample_metric import SampleMetric


def compiled_metrics(
    metrics: Sequence[Any] | None,
    sample_shape: Sequence[int | None],
    taken: Sequence[str],
) -> list[keras.metrics.Metric]:
    """Metric objects that are ready for a step.

    Args:
        metrics: Keras metrics or functions `(real, fake)`, or `None`.
        sample_shape: Shape of one sample of the generator.
        taken: Names in the logs that no metric may have.

    Raises:
        ValueError: If `metrics` is no list, a metric does not take such
            samples, or two have one name.
    """
    if not isinstance(metrics, list | tuple | None):
        raise ValueError(
            "`metrics` must be a list of metrics or None. Received: "
            f"metrics={metrics!r}. Write `metrics=[metric]`."
        )
    ready = [_as_metric(metric) for metric in metrics or []]
    names = list(taken)
    for metric in ready:
        if isinstance(metric, SampleMetric):
            metric.build((None, *sample_shape))
            names += metric.keys()
        else:
            names.append(metric.name)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(
            "Each metric needs names of its own in the logs. Received more "
            f"than once: {', '.join(twice)}. Give a metric another `name=`."
        )
    return ready


def check_enough(
    metrics: Sequence[keras.metrics.Metric], num_samples: int
) -> None:
    """Raises ValueError if validation would be too small for a metric."""
    for metric in metrics:
        needs = getattr(metric, "required_samples", 1)
        if num_samples < needs:
            raise ValueError(
                f"`validation_data` is too small for the metric {metric.name}, "
                f"which needs {needs:,} samples with its settings. Received: "
                f"{num_samples:,} samples."
            )


def _as_metric(metric: Any) -> keras.metrics.Metric:
    metric = keras.metrics.get(metric)
    if isinstance(metric, keras.metrics.Metric):
        return metric
    return keras.metrics.MeanMetricWrapper(metric, name=metric.__name__)
