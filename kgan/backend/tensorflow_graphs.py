"""TensorFlow: a step and the reading of its data in one graph."""

import functools
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf


def train_function(model: keras.Model) -> Any:
    """Takes a sample and trains a step in one graph, or `None`.

    Keras calls a graph within a graph and wraps what it returns, which takes
    as long as a tenth of a step of small networks. Where steps are compiled by
    XLA, run in one call or run on replicas, Keras's way stays.
    """
    return _in_one_graph(model, "train_step", model.train_function)


def test_function(model: keras.Model) -> Any:
    """Takes a sample and evaluates it in one graph, or `None`."""
    return _in_one_graph(model, "test_step", model.test_function)


def _in_one_graph(model: keras.Model, step: str, of_keras: Callable) -> Any:
    if model.run_eagerly or model.jit_compile or model.steps_per_execution > 1:
        return None
    replicated = tf.distribute.has_strategy() or (
        model.distribute_strategy is not tf.distribute.get_strategy()
    )
    if replicated:
        return None
    # TensorFlow 2.21 counts the traces of all functions with one code as of
    # one function, and warns where many models are trained. A partial has no
    # code and is counted by itself.
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


def _one_step(model: keras.Model, step: str, iterator: tf.data.Iterator) -> Any:
    return getattr(model, step)(iterator.get_next())
