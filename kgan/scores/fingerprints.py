"""Hashes that tell one feature extractor from another."""

import hashlib
import inspect
import json
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

# Depends on how a model was made, not on what it computes.
_PASSING = {
    "build_config",
    "build_input_shape",
    "compile_config",
    "shared_object_id",
    "trainable",
}
_LAYER_NAMES = {"name", "keras_history", "input_layers", "output_layers"}


def weights_hash(model: keras.Layer) -> str:
    """Hashes a model's weights, equal on every backend and after saving.

    SHA-256 over the weights in the order of `model.weights`, each as one line
    of JSON, `["float32", [3, 4]]` and a newline in UTF-8, and its values in C
    order and little-endian. Names do not count: Keras numbers them. Types
    that NumPy has not (bfloat16, float8) are hashed as float32, which holds
    their values exactly.

    Args:
        model: A Keras model or layer that is built. Random states of dropout
            and the optimizer are not among its weights.

    Returns:
        64 hexadecimal digits.

    Raises:
        ValueError: If `model` is not a Keras model or layer or is not built.

    Example:

    ```python
    before = kgan.scores.weights_hash(gan.generator)
    gan.generator.save("x.keras")
    loaded = keras.saving.load_model("x.keras")
    assert kgan.scores.weights_hash(loaded) == before
    ```
    """
    if not isinstance(model, keras.Layer) or not model.built:
        raise ValueError(
            "`model` must be a Keras model or layer that is built; call it on "
            "a batch or give it a keras.Input first. "
            f"Received: model={model!r}"
        )
    digest = hashlib.sha256()
    for weight in model.weights:
        values = np.asarray(keras.ops.convert_to_numpy(weight))
        if values.dtype.kind not in "biuf":
            values = values.astype("float32")
        header = json.dumps([values.dtype.name, list(values.shape)]) + "\n"
        digest.update(header.encode())
        little = values.dtype.newbyteorder("<")
        digest.update(values.astype(little).tobytes(order="C"))
    return digest.hexdigest()


def extractor_entry(extractor: Callable) -> dict[str, str | None]:
    """Makes a record's entry of an extractor: its name and its hashes.

    Args:
        extractor: A built Keras model or layer, or a function with a name.

    Returns:
        Dict of `name`, `definition_sha256` (of a model's layers and their
        settings, or of a function's source; `None` where there is none to
        read) and `weights_sha256` (`None` for a function).

    Raises:
        ValueError: If the extractor has no name to tell it by, or is a model
            that is not built.
    """
    if isinstance(extractor, keras.Layer):
        return {
            "name": extractor.name,
            "definition_sha256": _model_definition(extractor),
            "weights_sha256": weights_hash(extractor),
        }
    name = getattr(extractor, "__qualname__", None)
    if name is None:
        raise ValueError(
            "An extractor must be a Keras model or a function with a name, "
            "so that a record can tell which it was; wrap it in a function "
            f"(`def features(samples): ...`). Received: {extractor!r}"
        )
    try:
        definition = _sha256(inspect.getsource(extractor))
    except (OSError, TypeError):  # Compiled, or typed into a prompt.
        definition = None
    return {
        "name": f"{extractor.__module__}.{name}",
        "definition_sha256": definition,
        "weights_sha256": None,
    }


def _model_definition(model: keras.Layer) -> str | None:
    try:
        config = keras.saving.serialize_keras_object(model)
    except NotImplementedError:  # A user's class without get_config.
        return None
    return _sha256(json.dumps(_without_names(config, {}), sort_keys=True))


def _without_names(config: Any, numbers: dict[str, int], key: str = "") -> Any:
    """Returns the config with layers numbered in order of appearance."""
    if isinstance(config, dict):
        # The name of a type is all it says, and float32 is not bfloat16.
        if str(config.get("class_name")).endswith("DTypePolicy"):
            return config
        return {
            inner: _without_names(value, numbers, inner)
            for inner, value in config.items()
            if inner not in _PASSING
        }
    if isinstance(config, list | tuple):
        # Keras takes it from the first batch when a model has no Input.
        if key == "batch_shape":
            return [None, *config[1:]]
        return [_without_names(value, numbers, key) for value in config]
    if isinstance(config, str) and key in _LAYER_NAMES:
        return numbers.setdefault(config, len(numbers))
    return config


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
