"""JAX: Keras's DataParallel over the devices of all processes."""

import contextlib
import os
from collections.abc import Iterator

import jax
import keras
import numpy as np
from jax.experimental import multihost_utils

# JAX's own 100 would keep the survivors of a lost process waiting as long.
HEARTBEAT_SECONDS = 20
ADDRESSES = "KERAS_DISTRIBUTION_JOB_ADDRESSES"
PROCESSES = "KERAS_DISTRIBUTION_NUM_PROCESSES"
PROCESS = "KERAS_DISTRIBUTION_PROCESS_ID"


class _Shares(keras.distribution.DataParallel):
    """DataParallel for data that kgan has cut into shares by process."""

    def __init__(self, sharded_data: bool):
        super().__init__(
            devices=keras.distribution.list_devices(), auto_shard_dataset=False
        )
        self.sharded_data = sharded_data
        self.whole_batches = False

    def get_data_layout(self, data_shape):
        if self.whole_batches:
            return keras.distribution.TensorLayout(
                [None] * len(data_shape), self.device_mesh
            )
        return super().get_data_layout(data_shape)


@contextlib.contextmanager
def scope(sharded_data: bool) -> Iterator[None]:
    _initialize()
    with _Shares(sharded_data).scope():
        yield


def num_replicas() -> int:
    _initialize()
    return len(keras.distribution.list_devices())


def process() -> tuple[int, int]:
    if jax.distributed.is_initialized():
        return jax.process_index(), jax.process_count()
    return int(os.environ.get(PROCESS, 0)), int(os.environ.get(PROCESSES, 1))


def share() -> tuple[int, int, int]:
    """Replicas, and which of how many shares of a batch is this process's."""
    active = keras.distribution.distribution()
    if active is None:
        return 1, 0, 1
    if isinstance(active, _Shares):
        cut = active.sharded_data
    else:  # A scope of Keras's own, which cuts the data unless told not to.
        cut = not active.auto_shard_dataset
    if cut:
        return jax.local_device_count(), 0, 1
    replicas = active.device_mesh.devices.size
    if isinstance(active, _Shares):
        return replicas, *process()
    return replicas, 0, 1


@contextlib.contextmanager
def evaluation(divides: bool) -> Iterator[None]:
    """Evaluates batches that do not divide, or several processes', whole.

    A compiled step takes no uneven shards, so each device computes all of it.
    """
    active = keras.distribution.distribution()
    if not isinstance(active, _Shares):
        yield
        return
    active.whole_batches = not divides or process()[1] > 1
    try:
        yield
    finally:
        active.whole_batches = False


def is_active() -> bool:
    """Whether the several processes train one model here."""
    return (
        jax.distributed.is_initialized()
        and keras.distribution.distribution() is not None
    )


def gather(values: np.ndarray) -> np.ndarray:
    """The vectors of all processes, `(processes, num)`."""
    return np.asarray(multihost_utils.process_allgather(values))


def from_chief(arrays: list[np.ndarray]) -> list[np.ndarray]:
    """The arrays that process 0 has."""
    values = multihost_utils.broadcast_one_to_all(arrays)
    return [np.asarray(value) for value in values]


def is_lost(error: Exception) -> bool:
    words = ("gloo", "nccl", "coordination", "heartbeat")
    return any(word in str(error).lower() for word in words)


def _initialize() -> None:
    """Joins the processes that Keras's own variables describe."""
    if PROCESSES not in os.environ or jax.distributed.is_initialized():
        return
    missing = [n for n in (ADDRESSES, PROCESS) if n not in os.environ]
    if missing:
        raise ValueError(
            f"Several processes on JAX are described by {ADDRESSES}, "
            f"{PROCESSES} and {PROCESS}. Received: no {missing[0]}. Set it, "
            "such as host0:1234 for the address of process 0."
        )
    try:
        jax.distributed.initialize(
            os.environ[ADDRESSES].split(",")[0],
            int(os.environ[PROCESSES]),
            int(os.environ[PROCESS]),
            heartbeat_timeout_seconds=HEARTBEAT_SECONDS,
        )
    except RuntimeError as error:
        if "before any JAX" not in str(error):
            raise
        raise ValueError(
            "Several processes must be joined before JAX does anything else. "
            "Received: kgan.distribution.scope() after JAX had begun. Open it "
            "first, and build inside."
        ) from error
