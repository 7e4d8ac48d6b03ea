"""Keeps TensorFlow, where it only feeds data, off the GPU."""

import warnings

import keras


def hide_gpus_from_tensorflow() -> None:
    """Leaves the GPUs to JAX or PyTorch when one of them does the training.

    When TensorFlow first runs, it takes nearly all the memory of every GPU it
    sees, although on these backends it only reads data. This does nothing on
    the TensorFlow backend. It warns if TensorFlow has already taken the GPUs.

    Example:
        >>> hide_gpus_from_tensorflow()
    """
    if keras.backend.backend() == "tensorflow":
        return
    import tensorflow as tf

    try:
        tf.config.set_visible_devices([], "GPU")
    except RuntimeError:
        warnings.warn(
            "TensorFlow was used before kgan could hide the GPUs from it and "
            f"may hold memory that the {keras.backend.backend()} backend "
            "needs. Call `kgan.data.load` first, or start the script with "
            '`tf.config.set_visible_devices([], "GPU")`.',
            stacklevel=3,
        )
