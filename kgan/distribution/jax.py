"""JAX: Keras's DataParallel over the devices of all processes."""

import contextlib
import os
import random
import zlib
from collections.abc import Iterator

import jax
import keras
import numpy as np
from jax.experimental import multihost_utils

from kgan.distribution import agreement

# JAX's default 100 would make the survivors of a lost process wait as long.
HEARTBEAT_SECONDS = 20
ADDRESSES = "KERAS_DISTRIBUTION_JOB_ADDRESSES"
PROCESSES = "KERAS_DISTRIBUTION_NUM_PROCESSES"
PROCESS = "KERAS_DISTRIBUTION_PROCESS_ID"
# All processes make each variable together.
MAKES_TOGETHER = True


class _Shares(keras.distribution.DataParallel):
    """DataParallel for data that kgan has cut into shares by process."""

    def __init__(self, sharded_data: bool):
        super().__init__(
            devices=keras.distribution.list_devices(), auto_shard_dataset=False
        )
        self.sharded_data = sharded_data

    def get_variable_layout(self, variable):
        """As DataParallel has it, once all processes make the same variable.

        JAX compares their values by messages of their size.
        """
        if process()[1] > 1:
            agreement.check_variable(
                variable.path, variable.shape, variable.dtype, gather
            )
        return super().get_variable_layout(variable)


@contextlib.contextmanager
def scope(sharded_data: bool) -> Iterator[None]:
    _initialize()
    _seed_alike()
    try:
        with _Shares(sharded_data).scope():
            yield
    except AssertionError as error:
        if process()[1] == 1 or "process" not in str(error):
            raise
        # JAX ends its message with all values, then those of this process.
        values = " ".join(str(error).partition("Expected: ")[2].split())
        raise ValueError(
            "All processes must make each variable of the same values. "
            f"Received: values that differ in process {process()[0]} of "
            f"{process()[1]}: {values[:200]}. Pass the same `seed` and the "
            "same learning rates in all."
        ) from error


def num_replicas() -> int:
    _initialize()
    return len(keras.distribution.list_devices())


def process() -> tuple[int, int]:
    if jax.distributed.is_initialized():
        return jax.process_index(), jax.process_count()
    if PROCESSES not in os.environ:
        return 0, 1
    try:
        return int(os.environ.get(PROCESS, 0)), int(os.environ[PROCESSES])
    except ValueError as error:
        raise ValueError(
            f"{PROCESSES} and {PROCESS} must be integers. Received: "
            f"{os.environ[PROCESSES]!r}, {os.environ.get(PROCESS)!r}"
        ) from error


def share() -> tuple[int, int, int, bool]:
    """Returns what `kgan.steps.Share` takes."""
    active = keras.distribution.distribution()
    if active is None:
        return 1, 0, 1, True
    replicas = active.device_mesh.devices.size
    if not isinstance(active, _Shares):  # A Keras scope.
        return replicas, 0, 1, True
    if active.sharded_data:
        return jax.local_device_count(), 0, 1, False
    return replicas, *process(), True


@contextlib.contextmanager
def evaluation(divides: bool) -> Iterator[None]:
    """Evaluates batches that do not divide, or several processes', whole.

    A compiled step takes no uneven shards, so each device computes all of it.
    """
    active = keras.distribution.distribution()
    if active is None or (divides and process()[1] == 1):
        yield
        return
    # Keras asks the current object, which may be the user's.
    active.get_data_layout = lambda shape: keras.distribution.TensorLayout(
        [None] * len(shape), active.device_mesh
    )
    try:
        yield
    finally:
        del active.get_data_layout


def is_active() -> bool:
    """Whether the several processes train one model here."""
    return jax.distributed.is_initialized() and isinstance(
        keras.distribution.distribution(), _Shares
    )


def gather(values: np.ndarray) -> np.ndarray:
    """The vectors of all processes, `(processes, num)`."""
    # As bytes: JAX has no float64 by default.
    words = np.frombuffer(values.astype("float64").tobytes(), "uint32")
    rows = np.asarray(multihost_utils.process_allgather(words))
    return np.frombuffer(rows.tobytes(), "float64").reshape(len(rows), -1)


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
    index, processes = process()
    try:
        jax.distributed.initialize(
            os.environ[ADDRESSES].split(",")[0],
            processes,
            index,
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


def _seed_alike() -> None:
    """Seeds processes without a seed, since JAX needs equal weights."""
    if process()[1] == 1:
        return
    state = zlib.crc32(repr(random.getstate()).encode())
    if agreement.alike({"state of Python's random": state}, gather):
        return
    seed = np.array([random.randrange(2**31)], "uint32")
    keras.utils.set_random_seed(int(from_chief([seed])[0][0]))
