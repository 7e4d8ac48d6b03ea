"""Training on every device and host, by the backend's own engine."""

import contextlib
import importlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from kgan.arguments import check_boolean, check_path

engine: Any = None
# Other backends' answers are in kgan.backend.
if keras.backend.backend() in ("tensorflow", "jax", "torch"):
    engine = importlib.import_module(
        f"kgan.distribution.{keras.backend.backend()}"
    )


@contextlib.contextmanager
def scope(sharded_data: bool = False) -> Iterator[None]:
    """Builds and trains on all devices of all processes inside the `with`.

    The batch size stays the global one: replicas split each batch and average
    their gradients, their latents are rows of one global draw, and the logs
    are of all of them, so that two replicas train the weights that one would.
    Build, compile and fit inside. Already open scopes of the backend work as
    well, without this one.

    The engines are TensorFlow's `MirroredStrategy`, or
    `MultiWorkerMirroredStrategy` where `TF_CONFIG` names workers; JAX's
    `keras.distribution.DataParallel` over the devices of all processes, which
    `KERAS_DISTRIBUTION_JOB_ADDRESSES`, `..._NUM_PROCESSES` and
    `..._PROCESS_ID` describe; and `torch.distributed` under `torchrun`, with
    NCCL on GPUs and Gloo on CPUs. docs/scaling.md has the commands.

    Batch normalization sees the whole batch on JAX and each replica's part of
    it on TensorFlow and PyTorch, where the moving averages are the mean over
    replicas. Process 0 alone prints, draws and saves.

    Args:
        sharded_data: Whether each process passes its own share of the data to
            `fit`, in batches of its part of the global batch, instead of all
            of the data. For data that one machine does not hold.

    Raises:
        ValueError: If the processes cannot be joined as they were started, or
            `sharded_data` is no boolean.

    Example:

    ```python
    with kgan.distribution.scope():
        gan = kgan.WGAN(generator, critic)
        gan.compile()
        gan.fit(dataset, callbacks=[kgan.callbacks.WeightClip(0.01)])
    ```
    """
    with engine.scope(check_boolean("sharded_data", sharded_data)):
        yield


def num_replicas() -> int:
    """Returns the number of devices of all processes, for `scope()`.

    Example:

    ```python
    global_batch_size = 64 * kgan.distribution.num_replicas()
    ```
    """
    return engine.num_replicas()


def num_processes() -> int:
    """Returns the number of processes; 1 unless started as several.

    Example:

    ```python
    print(f"{kgan.distribution.num_processes()} processes")
    ```
    """
    return engine.process()[1]


def process_index() -> int:
    """Returns this process's number, from 0, which alone should print.

    Example:

    ```python
    if kgan.distribution.process_index() == 0:
        print(scores)
    ```
    """
    return engine.process()[0]


@contextlib.contextmanager
def writing(path: str | Path) -> Iterator[str]:
    """Yields where this process should save what all processes hold.

    Keras makes variables as it saves, and under TensorFlow and JAX all
    processes have to make them together; so all save, the first one to `path`
    and the others to a file that is thrown away. The files of `gan.save` and
    of kgan's callbacks need no care: they do this themselves.

    Args:
        path: File to save to.

    Raises:
        ValueError: If `path` is no path.

    Example:

    ```python
    with kgan.distribution.writing("generator.keras") as path:
        gan.generator.save(path)
    ```
    """
    path = check_path("path", path)
    if process_index() == 0:
        yield str(path)
        return
    with tempfile.TemporaryDirectory() as folder:
        yield str(Path(folder) / path.name)


@contextlib.contextmanager
def watch() -> Iterator[None]:
    """Says so when an error means that another process has ended.

    Raises:
        RuntimeError: From the backend's own error.
    """
    try:
        yield
    except Exception as error:
        index, processes = engine.process()
        if processes == 1 or not engine.is_lost(error):
            raise
        raise RuntimeError(
            "Another process of this job has ended or cannot be reached, so "
            f"that training stopped. Received: the error above in process "
            f"{index} of {processes}. Start all processes again; with "
            "kgan.callbacks.Checkpoint they go on from the last epoch."
        ) from error
