"""Checks of samples and labels inside a tf.data pipeline."""

from typing import Any

import tensorflow as tf

from kgan.steps.checks import (
    LABELS,
    NON_FINITE,
    OUT_OF_RANGE,
    UNPAIRED,
    SampleSpec,
    first_of,
)
from kgan.steps.labels import second_of


def checked_spec(dataset: tf.data.Dataset, spec: SampleSpec) -> Any:
    """Returns the samples' part of `element_spec`, once it is known to fit."""
    element = first_of(dataset.element_spec)
    if element.shape.rank is None:
        raise ValueError(
            "Batches need a known rank. Received: a data set of unknown "
            "shape. Give it one with `tf.ensure_shape` in a `map`."
        )
    spec.check_static(tuple(element.shape), element.dtype.name)
    labels = spec.labels.of_element(dataset.element_spec, spec.name)
    if labels is not None:
        # Of an unknown rank, labels may still be a vector, as they must be.
        shape = (None,) if labels.shape.rank is None else labels.shape
        spec.labels.check_static(shape, labels.dtype.name, spec.name)
    return element


def checked(dataset: tf.data.Dataset, spec: SampleSpec) -> tf.data.Dataset:
    """The samples, float32, with the checks of values inside.

    And where they are wanted the labels, int32.
    """

    non_finite = f"{NON_FINITE}|{spec.name}|"

    def check(*element):
        samples = tf.cast(first_of(element), tf.float32)
        finite = tf.reduce_all(tf.math.is_finite(samples))
        checks = [tf.debugging.Assert(finite, [non_finite])]
        if spec.bounded:
            low, high = tf.reduce_min(samples), tf.reduce_max(samples)
            inside = tf.logical_not(tf.logical_or(low < -1.001, high > 1.001))
            values = tf.strings.join(
                [tf.strings.as_string(v, shortest=True) for v in (low, high)],
                "|",
            )
            text = tf.strings.join([OUT_OF_RANGE, spec.name, values, ""], "|")
            checks.append(tf.debugging.Assert(inside, [text]))
        labels = []
        if spec.labels.wanted:
            labels = [second_of(element)]
            checks += _label_checks(labels[0], samples, spec)
        with tf.control_dependencies(checks):
            return element_of(
                tf.identity(samples), *(tf.cast(y, tf.int32) for y in labels)
            )

    return dataset.map(check, num_parallel_calls=tf.data.AUTOTUNE)


def _label_checks(labels: Any, samples: Any, spec: SampleSpec) -> list:
    """Checks for one label per sample, of a class that the networks know."""
    sizes = [tf.size(labels), tf.shape(samples)[0]]
    name, most = spec.name, spec.labels.most
    unpaired = tf.strings.join(
        [UNPAIRED, name, *map(tf.strings.as_string, sizes), ""], "|"
    )
    labels = tf.cast(labels, tf.int64)
    low, high = tf.reduce_min(labels), tf.reduce_max(labels)
    outside = tf.strings.join(
        [LABELS, name, *map(tf.strings.as_string, (low, high, most)), ""], "|"
    )
    fit = tf.reduce_all(tf.logical_and(labels >= 0, labels <= most))
    return [
        tf.debugging.Assert(sizes[0] == sizes[1], [unpaired]),
        tf.debugging.Assert(fit, [outside]),
    ]


def element_of(samples: Any, *labels: Any) -> Any:
    """Returns an element of samples, and of labels where there are any."""
    return (samples, *labels) if labels else samples
