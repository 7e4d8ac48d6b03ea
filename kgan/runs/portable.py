"""Configurations that name no backend, so that a run moves between them."""

from typing import Any

import keras

# On PyTorch, Keras 3.15 subclasses each optimizer that it has a faster step
# for. Its files name that private class, and another backend would call PyTorch
# on its variables. Old files name it, so this stays.
PRIVATE = "keras.src.backend."


def portable(config: Any) -> Any:
    """Puts Keras's public optimizers into a configuration, and returns it.

    In place: Keras notes later in the same dicts which objects are shared.

    Args:
        config: What `keras.saving.serialize_keras_object` returns, or a part
            of it. Classes that are not Keras's own stay as they are.
    """
    if isinstance(config, dict):
        if _is_private_optimizer(config):
            config |= {"module": "keras.optimizers", "registered_name": None}
        portable([*config.values()])
    elif isinstance(config, (list, tuple)):
        for item in config:
            portable(item)
    return config


def _is_private_optimizer(config: dict) -> bool:
    module, name = config.get("module"), config.get("class_name")
    return (
        isinstance(module, str)
        and module.startswith(PRIVATE)
        and ".optimizers" in module
        and isinstance(name, str)
        and isinstance(getattr(keras.optimizers, name, None), type)
    )
