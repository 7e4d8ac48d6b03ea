"""The configuration of a model: all that its constructor takes."""

from typing import Any

import keras

from kgan.runs.portable import portable


def get_config(model: Any) -> dict[str, Any]:
    """Returns the arguments of an adversarial model, as a file holds them."""
    config = {"generator": serialized(model.generator)}
    if model.has_discriminator:
        config |= {
            "discriminator": serialized(model.discriminator),
            "n_critic": model.n_critic,
            "penalties": [serialized(penalty) for penalty in model.penalties],
            "augmentation": serialized(model.augmentation),
            "packing": model.packing,
        }
    return {
        **config,
        "average": serialized(model.average),
        "seed": model.seed,
        "name": model.name,
    }


def from_config(
    cls: type, config: dict[str, Any], custom_objects: dict | None = None
) -> Any:
    """Builds a model of what its `get_config` returned."""
    parts = {
        key: keras.saving.deserialize_keras_object(
            portable(value), custom_objects
        )
        for key, value in config.items()
        if isinstance(value, dict | list)
    }
    return cls(**{**config, **parts})


def serialized(value: Any) -> Any:
    """Returns what a file holds of an object of Keras's or of kgan's."""
    if value is None:
        return None
    return portable(keras.saving.serialize_keras_object(value))
