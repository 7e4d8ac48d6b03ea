"""TensorFlow: tapes, and gradients that MirroredStrategy sums."""

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from kgan.backend.demands import TrainedModel
from kgan.backend.tensorflow_gradients import value_and_gradients


def train_step(method: Callable) -> Callable:
    """Makes all of `method(self, data) -> logs` wait for its data.

    A graph runs what does not depend on the data, such as counters and seeds,
    beside the reading of the data; were that to fail, half a step would have
    been done.

    Under a strategy, each replica's layers draw for themselves, and moving
    averages, which each replica takes over its own rows, are averaged after
    the step.
    """

    @functools.wraps(method)
    def step(self: TrainedModel, data: Any) -> dict:
        with tf.control_dependencies(_arrived(data)), _replica_of(self):
            return _logs(method(self, data))

    return step


def keras_jit_compile(jit_compile: bool | str) -> bool | str:
    """Returns what Keras gets: on CPUs, TensorFlow's kernels are faster."""
    if jit_compile == "auto" and not tf.config.list_physical_devices("GPU"):
        return False
    return jit_compile


def test_step(method: Callable) -> Callable:
    """Makes all of `method(self, data) -> logs` wait for its data."""

    @functools.wraps(method)
    def step(self: TrainedModel, data: Any) -> dict:
        with tf.control_dependencies(_arrived(data)), _uneven():
            return _logs(method(self, data))

    return step


class _Batches:
    """Whether replicas may have batches of different sizes."""

    uneven = False


@contextlib.contextmanager
def _uneven():
    """The last batch of an evaluation need not divide evenly."""
    _Batches.uneven = True
    try:
        yield
    finally:
        _Batches.uneven = False


def _arrived(data: Any) -> list[tf.Tensor]:
    return [x for x in tf.nest.flatten(data) if x is not None]


def _logs(logs: dict) -> dict:
    """Keras takes the mean over workers along an axis of each log."""
    if not _several_workers():
        return logs
    return {name: value[None] for name, value in logs.items()}


@contextlib.contextmanager
def _replica_of(model: TrainedModel):
    """Sets what differs between replicas, for the length of a train step."""
    index, replicas = replica()
    if replicas == 1:
        yield
        return
    # Keras gives each replica a copy of these to itself.
    seeds = model.layer_seeds()
    for seed in seeds:
        seed.assign(seed.value + tf.cast([index, 0], seed.dtype))
    try:
        yield
    finally:
        for seed in seeds:
            seed.assign(seed.value - tf.cast([index, 0], seed.dtype))
    context = tf.distribute.get_replica_context()
    for average in model.moving_averages():
        mean = context.all_reduce(
            tf.distribute.ReduceOp.MEAN, tf.identity(average.value)
        )
        average.assign(mean)


def _several_workers() -> bool:
    resolver = tf.distribute.get_strategy().cluster_resolver
    if resolver is None:
        return False
    return sum(map(len, resolver.cluster_spec().as_dict().values())) > 1


def minimize(
    model: TrainedModel,
    loss_function: Callable[[], tuple[Any, Any]],
    optimizer: keras.optimizers.Optimizer,
    variables: Sequence[keras.Variable],
) -> tuple[Any, Any]:
    """Takes one optimizer step on `variables` down `loss_function`.

    Args:
        model: Unused here.
        loss_function: Returns `(loss, extras)`, a scalar and any tensors.
        optimizer: Built on `variables`.
        variables: The player's trainable variables.

    Returns:
        What `loss_function` returned, before the update.
    """
    del model
    replicas = tf.distribute.get_strategy().num_replicas_in_sync

    def scaled_loss(values):
        del values  # The variables' own, which the networks read.
        loss, extras = loss_function()
        # A strategy sums the gradients of its replicas; the mean is meant.
        return loss / replicas, (loss, extras)

    (_, returned), gradients = value_and_gradients(
        scaled_loss, [variable.value for variable in variables]
    )
    with _summed(optimizer):
        optimizer.apply(gradients, variables)
    return returned


@contextlib.contextmanager
def _summed(optimizer: keras.optimizers.Optimizer):
    """Keeps Keras from summing gradients over the one replica there is.

    TensorFlow 2.21 registers a gradient of that sum, and with it keeps the
    graph of the step, for as long as the process lasts. Keras 3.15 has no
    public way around its method for it. Once Keras sums over several replicas
    only, or TensorFlow lets the graph go, this can go.
    """
    if tf.distribute.has_strategy():
        yield
        return
    # Not by `setattr`, which Keras tracks.
    vars(optimizer)["_all_reduce_sum_gradients"] = lambda pairs: pairs
    try:
        yield
    finally:
        vars(optimizer).pop("_all_reduce_sum_gradients")


def random_rows(
    draw: Callable[..., Any],
    shape: Sequence[int],
    seed_generator: keras.random.SeedGenerator,
) -> Any:
    """Draws values of `shape` for the rows of this replica's batch.

    Under a distribution strategy the values of the whole global batch are
    drawn and each replica takes its own rows, so that replicas differ from
    each other and agree with one device.

    Args:
        draw: Such as `keras.random.normal`.
        shape: `(batch, ...)`.
        seed_generator: Advanced by one draw.
    """
    index, replicas = replica()
    if replicas == 1:
        return draw(shape, seed=seed_generator)
    rows = shape[0]
    total, first = rows * replicas, index * rows
    if _Batches.uneven:
        context = tf.distribute.get_replica_context()
        sizes = context.all_gather(tf.reshape(rows, [1]), axis=0)
        total, first = tf.reduce_sum(sizes), tf.reduce_sum(sizes[:index])
    values = draw((total, *shape[1:]), seed=seed_generator)
    return values[first : first + rows]


def is_traced(tensor: Any) -> bool:
    """Whether a tensor has no numbers yet: a step is being compiled."""
    return tf.is_symbolic_tensor(tensor)


def replica() -> tuple[Any, int]:
    """Index of the replica that this code runs in, and their number.

    Outside of a replica's step the index is 0.
    """
    context = tf.distribute.get_replica_context()
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    return context.replica_id_in_sync_group if context else 0, replicas


def replica_mean(value: Any) -> Any:
    """The mean over replicas of a scalar of each, within a train step."""
    if replica()[1] == 1:
        return value
    context = tf.distribute.get_replica_context()
    return context.all_reduce(tf.distribute.ReduceOp.MEAN, value)
