"""The metrics that `compile` takes, checked before anything trains."""

import inspect
from collections.abc import Sequence
from typing import Any

import keras

from kgan.metrics.sample_metric import SampleMetric

# Parts of the names of Keras's metrics and losses that compare labels.
OF_LABELS = (
    "accuracy",
    "auc",
    "circle",
    "crossentropy",
    "cross_entropy",
    "ctc",
    "dice",
    "divergence",
    "f1score",
    "fbetascore",
    "hinge",
    "iou",
    "negatives",
    "poisson",
    "positives",
    "precision",
    "recall",
    "sensitivity",
    "specificity",
    "tversky",
)


def compiled_metrics(
    metrics: Sequence[Any] | None,
    sample_shape: Sequence[int | None],
    taken: Sequence[str],
) -> list[keras.metrics.Metric]:
    """Returns metric objects that are ready for a step.

    Args:
        metrics: Keras metrics or functions `(real, fake)`, or `None`.
        sample_shape: Shape of one sample of the generator.
        taken: Names in the logs that no metric may have.

    Raises:
        ValueError: If `metrics` is not a list, if a metric does not take such
            samples, or if two share a name.
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
            try:
                metric.build((None, *sample_shape))
            except ValueError as error:
                raise ValueError(
                    f"An entry of `metrics` does not take the samples: {error}"
                ) from error
            names += metric.keys()
        else:
            names.append(metric.name)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(
            "Each metric needs its own names in the logs. Received more "
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
    try:
        found = keras.metrics.get(metric) if metric is not None else None
    except Exception as error:  # A class or a config may raise anything.
        raise _no_metric(metric) from error
    if isinstance(found, keras.metrics.Metric):
        name, function = type(found).__name__, found.update_state
    else:
        name, function = getattr(found, "__name__", str(found)), found
    if not _takes_two(function) or _compares_labels(name, found):
        raise _no_metric(metric)
    if isinstance(found, keras.metrics.Metric):
        return found
    return keras.metrics.MeanMetricWrapper(found, name=name)


def _no_metric(metric: Any) -> ValueError:
    return ValueError(
        "An entry of `metrics` must be a metric with "
        "`update_state(real, fake)`, real and generated samples, such as "
        "those of kgan.metrics, or a function `(real, fake)` whose mean is "
        "reported; not one that compares labels with predictions. "
        f"Received: {metric!r} in metrics. Take "
        "`kgan.metrics.SlicedWasserstein()`, say."
    )


def _takes_two(function: Any) -> bool:
    """Says whether a function needs only real and fake samples."""
    if not callable(function):
        return False
    try:
        signature = inspect.signature(function)
    except ValueError:  # A C function has no signature.
        return True
    try:
        taken = signature.bind(None, None)
    except TypeError:
        return False
    # Keras's Mean and Sum take one thing and its weights.
    return "sample_weight" not in taken.arguments


def _compares_labels(name: str, metric: Any) -> bool:
    """Says whether it is a Keras metric that only compares labels."""
    module = getattr(metric, "__module__", None) or ""
    return module.split(".")[0] == "keras" and any(
        word in name.lower() for word in OF_LABELS
    )
