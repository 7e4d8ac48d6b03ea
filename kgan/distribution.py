"""Training on every device of this machine, by the backend's own engine."""

import contextlib
import os
from collections.abc import Iterator

import keras


@contextlib.contextmanager
def scope() -> Iterator[None]:
    """Builds and trains on all local devices inside the `with` block.

    TensorFlow's `MirroredStrategy` or JAX's `keras.distribution.DataParallel`
    over all GPUs, or over all CPU devices where there is no GPU. The batch
    size stays the global one: replicas split each batch and average their
    gradients, and their latents are rows of one global draw, so that two
    replicas train the weights that one would (batch normalization's
    statistics, which are of each replica, excepted on TensorFlow). Build,
    compile and fit inside. Already open scopes of the backend work as well,
    without this one.

    On PyTorch, Keras 3.15 has no `fit` on several devices: one process trains
    on one device, and the block changes nothing.

    Raises:
        ValueError: Under PyTorch with several processes.

    Example:

    ```python
    with kgan.distribution.scope():
        gan = kgan.WGAN(generator, critic)
        gan.compile()
        gan.fit(dataset, callbacks=[kgan.callbacks.WeightClip(0.01)])
    ```
    """
    match keras.backend.backend():
        case "tensorflow":
            import tensorflow as tf

            strategy = tf.distribute.MirroredStrategy(_tensorflow_devices())
            with strategy.scope():
                yield
        case "jax":
            devices = keras.distribution.list_devices()
            with keras.distribution.DataParallel(devices=devices).scope():
                yield
        case _:
            _check_one_process()
            yield


def num_replicas() -> int:
    """Devices that `scope()` trains on; 1 on PyTorch.

    Example:

    ```python
    global_batch_size = 64 * kgan.distribution.num_replicas()
    ```
    """
    match keras.backend.backend():
        case "tensorflow":
            return len(_tensorflow_devices())
        case "jax":
            return len(keras.distribution.list_devices())
        case _:
            _check_one_process()
            return 1


def _tensorflow_devices() -> list[str]:
    import tensorflow as tf

    devices = tf.config.list_logical_devices("GPU")
    devices = devices or tf.config.list_logical_devices("CPU")
    return [device.name for device in devices]


def _check_one_process() -> None:
    processes = os.environ.get("WORLD_SIZE", "1")
    if processes != "1":
        raise ValueError(
            "On PyTorch kgan trains in one process. Received: "
            f"WORLD_SIZE={processes}. Start the script with python instead of "
            "torchrun, or use KERAS_BACKEND=tensorflow or jax, whose replicas "
            "share one process."
        )
