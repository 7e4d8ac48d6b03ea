"""TensorFlow: a step and the reading of its data in one graph."""

import functools
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from kgan.speed.said import say_once


def in_one_graph(model: Any, step: str, of_keras: Callable) -> Any:
    """Takes a sample and runs a step on it in one graph, or `None`.

    Keras 3.15 calls a graph within a graph and wraps what it returns, which
    takes as long as a tenth of a step of small networks; once it does not,
    this can go. Where steps are compiled by XLA, run in one call or run on
    replicas, Keras's way stays.

    Args:
        model: A compiled kgan model.
        step: `"train_step"` or `"test_step"`.
        of_keras: Keras's function of it, for what is no iterator of tf.data.
    """
    reason = _reason_against(model)
    if reason:
        say_once(model, f"Keras's function of a {step}: {reason}")
        return None
    # TensorFlow 2.21 counts functions with the same code as one, and warns when
    # many models are trained. A partial has no code and is counted alone.
    in_graph = tf.function(
        functools.partial(_one_step, model, step),
        autograph=False,
        reduce_retracing=True,
    )

    def run(iterator):
        if isinstance(iterator, tf.data.Iterator):
            return in_graph(iterator)
        return of_keras(iterator)

    return run


def _reason_against(model: keras.Model) -> str | None:
    if model.run_eagerly:
        return "run_eagerly=True"
    if model.jit_compile:
        return "XLA compiles it"
    if model.steps_per_execution > 1:
        return "several steps are one call"
    if tf.distribute.has_strategy() or (
        model.distribute_strategy is not tf.distribute.get_strategy()
    ):
        return "replicas share its batch"
    return None


def _one_step(model: keras.Model, step: str, iterator: tf.data.Iterator) -> Any:
    return getattr(model, step)(iterator.get_next())
