"""JAX: what its steps do faster than as Keras has XLA compile them."""

import functools
import itertools
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from kgan.backend.jax_interrupts import KERAS_LOOPS
from kgan.speed.jax_convolutions import faster
from kgan.speed.layer_calls import convolves
from kgan.speed.said import say_once


def install_fast(model: Any, step: str) -> Any:
    """Rewrites convolutions of a compiled step, and loops over steps in XLA.

    Args:
        model: A compiled kgan model.
        step: `"train_step"` or `"test_step"`.

    Returns:
        What makes the function of Keras faster, once there is one.
    """
    if model.jit_compile and not model.run_eagerly:
        if _is_on_one_cpu():
            method = getattr(type(model), step)
            # Not by `setattr`, which Keras tracks.
            vars(model)[step] = faster(functools.partial(method, model))
        elif convolves(model):
            say_once(model, "convolutions stay XLA's: not on one CPU")
    if step == "test_step":
        return lambda function: function
    return lambda function: _loop_of_steps(model) or function


def _is_on_one_cpu() -> bool:
    return (
        jax.default_backend() == "cpu"
        and keras.distribution.distribution() is None
    )


def _loop_of_steps(model: Any) -> Any:
    """Trains `steps_per_execution` steps in one call of XLA, or `None`.

    Keras 3.15 calls XLA for each step, and Keras 3.16 for all of them
    (keras-team/keras#23527), with which this can go. XLA's loops run
    convolutions slowly on CPUs (jax-ml/jax#12868), and a sharded batch is not
    one to stack: there Keras 3.15's way stays.
    """
    count = model.steps_per_execution
    if count == 1 or model.run_eagerly or not model.jit_compile:
        return None
    if KERAS_LOOPS:
        on_cpu = jax.default_backend() == "cpu"
        return _unrolled(model) if on_cpu and convolves(model) else None
    if keras.distribution.distribution() is not None:
        say_once(model, "a call of XLA for each step: batches are sharded")
        return None
    if jax.default_backend() == "cpu" and convolves(model):
        say_once(model, "a call of XLA for each step: convolutions on a CPU")
        return None
    one = jax.jit(model.train_step, donate_argnums=0)

    @functools.partial(jax.jit, donate_argnums=0)
    def many(state, batches):
        def step(state, batch):
            logs, state = model.train_step(state, batch)
            return state, logs

        state, logs = jax.lax.scan(step, state, batches)
        return jax.tree.map(lambda log: log[-1], logs), state

    def train(state, iterator):
        batches = [next(iterator), *itertools.islice(iterator, count - 1)]
        if len(batches) == count:
            return many(state, jax.tree.map(_stack, *batches))
        for batch in batches:
            logs, state = one(state, batch)
        return logs, state

    return train


def _unrolled(model: Any) -> Any:
    """Trains the steps of Keras 3.16's item by a call of XLA for each."""
    one = jax.jit(model.train_step, donate_argnums=0)
    count = model.steps_per_execution
    say_once(model, "a call of XLA for each step: convolutions on a CPU")

    def train(state, iterator):
        item = next(iterator)
        # Fewer batches than steps come as a list, and are not stacked.
        batches = (
            item
            if isinstance(item, list)
            else [jax.tree.map(lambda x, i=i: x[i], item) for i in range(count)]
        )
        for batch in batches:
            logs, state = one(state, batch)
        return logs, state

    return train


def _stack(*arrays: Any) -> Any:
    on_host = isinstance(arrays[0], np.ndarray)
    return np.stack(arrays) if on_host else jnp.stack(arrays)
