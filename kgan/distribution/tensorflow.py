"""TensorFlow: MirroredStrategy, and its form for several workers."""

import contextlib
import functools
import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from kgan.distribution import agreement

# All processes make each variable together.
MAKES_TOGETHER = True


@contextlib.contextmanager
def scope(sharded_data: bool) -> Iterator[None]:
    if sharded_data:
        raise ValueError(
            "On TensorFlow the data says itself how workers share it. "
            "Received: sharded_data=True. Set the data set's "
            "`tf.data.Options().experimental_distribute.auto_shard_policy` "
            "to `tf.data.experimental.AutoShardPolicy.FILE`, so that each "
            "worker reads its own files."
        )
    strategy = (
        _strategy_of_workers()
        if process()[1] > 1
        else _strategy_of_devices(*_local_devices())
    )
    with strategy.scope():
        if process()[1] == 1:
            yield
            return
        with tf.variable_creator_scope(_make_alike):
            yield


def num_replicas() -> int:
    if process()[1] > 1:
        return _strategy_of_workers().num_replicas_in_sync
    return len(_local_devices())


def process() -> tuple[int, int]:
    config = _workers()
    return config if config else (0, 1)


def share() -> tuple[int, int, int, bool]:
    """Returns what `kgan.steps.Share` takes: the strategy splits batches."""
    return tf.distribute.get_strategy().num_replicas_in_sync, 0, 1, True


def evaluation(divides: bool) -> contextlib.AbstractContextManager:
    """Does nothing: the strategy splits every batch as it can."""
    del divides
    return contextlib.nullcontext()


def is_active() -> bool:
    """Whether the several processes train one model here."""
    strategy = tf.distribute.get_strategy()
    return isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)


def gather(values: np.ndarray) -> np.ndarray:
    """The vectors of all processes, `(processes, num)`."""
    strategy = tf.distribute.get_strategy()
    rows = strategy.run(_gather_in(strategy), args=(tf.constant(values)[None],))
    results = strategy.experimental_local_results(rows)
    return results[0].numpy()[:: len(results)]


# One graph each: TensorFlow warns of functions that are made in a loop.
@functools.lru_cache(maxsize=8)
def _gather_in(strategy: tf.distribute.Strategy) -> Callable:
    @tf.function(autograph=False)
    def collect(rows):
        # An argument has no device. A tensor made here has this replica's.
        context = tf.distribute.get_replica_context()
        return context.all_gather(tf.identity(rows), axis=0)

    return collect


def from_chief(arrays: list[np.ndarray]) -> list[np.ndarray]:
    """The arrays that process 0 has."""
    strategy = tf.distribute.get_strategy()
    # A sum with zeros is exact; seeds are of a type that cannot be summed.
    values = [
        tf.constant(a if a.dtype.kind == "f" else a.astype("int64"))
        for a in arrays
    ]
    sums = strategy.run(_first_in(strategy), args=(values,))
    return [
        strategy.experimental_local_results(total)[0].numpy().astype(a.dtype)
        for a, total in zip(arrays, sums, strict=True)
    ]


@functools.lru_cache(maxsize=8)
def _first_in(strategy: tf.distribute.Strategy) -> Callable:
    @tf.function(autograph=False, reduce_retracing=False)
    def collect(values):
        context = tf.distribute.get_replica_context()
        first = context.replica_id_in_sync_group == 0
        return [
            context.all_reduce(
                tf.distribute.ReduceOp.SUM, tf.where(first, v, tf.zeros_like(v))
            )
            for v in values
        ]

    return collect


def is_lost(error: Exception) -> bool:
    kinds = (
        tf.errors.UnavailableError,
        tf.errors.AbortedError,
        tf.errors.InternalError,
        tf.errors.UnknownError,
        tf.errors.DeadlineExceededError,
        tf.errors.CancelledError,
    )
    return isinstance(error, kinds) and "ollective" in str(error)


def _make_alike(make: Callable, **kwargs) -> Any:
    """Makes a variable once all workers make one of this shape.

    The strategy sends them the first worker's value, and every operation
    after one of unequal shapes fails.
    """
    together = (
        tf.executing_eagerly() and tf.distribute.in_cross_replica_context()
    )
    if together:
        value = kwargs["initial_value"]
        if callable(value):
            value = value()
        value = tf.convert_to_tensor(value, kwargs.get("dtype"))
        name = kwargs.get("name")
        # The others would take the first worker's, and no configuration would
        # show it.
        rate = float(f"{float(value):.6g}") if name == "learning_rate" else None
        agreement.check_variable(
            name, value.shape, value.dtype.name, gather, rate
        )
        kwargs["initial_value"] = value
    return make(**kwargs)


def _workers() -> tuple[int, int] | None:
    """Index and number of the workers that TF_CONFIG names."""
    text = os.environ.get("TF_CONFIG")
    if not text:
        return None
    try:
        config: Any = json.loads(text)
        cluster = config.get("cluster", {})
        hosts = [*cluster.get("chief", []), *cluster.get("worker", [])]
        if not hosts:
            return None
        task = config["task"]
        index = int(task["index"])
        if task["type"] == "worker":
            index += len(cluster.get("chief", []))
        if task["type"] not in ("chief", "worker") or index >= len(hosts):
            raise ValueError(f"no such task as {task}")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            "TF_CONFIG must name the workers and this one of them, such as "
            '{"cluster": {"worker": ["host0:2222", "host1:2222"]}, "task": '
            f'{{"type": "worker", "index": 0}}}}. Received: TF_CONFIG={text} '
            f"({error!r})"
        ) from error
    return index, len(hosts)


@functools.cache
def _strategy_of_workers() -> tf.distribute.Strategy:
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except RuntimeError as error:
        if "program startup" not in str(error):
            raise
        raise ValueError(
            "Several workers must be joined before TensorFlow does anything "
            "else. Received: kgan.distribution.scope() after TensorFlow had "
            "begun. Open it first, and load the data and build inside."
        ) from error


@functools.cache
def _strategy_of_devices(*devices: str) -> tf.distribute.Strategy:
    # One for all scopes: each strategy counts its collective operations from
    # the same number, and TensorFlow takes those of two for one another.
    return tf.distribute.MirroredStrategy(devices)


def _local_devices() -> list[str]:
    devices = tf.config.list_logical_devices("GPU")
    devices = devices or tf.config.list_logical_devices("CPU")
    return [device.name for device in devices]
