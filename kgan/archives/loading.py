"""A model from a `.keras` file of anyone."""

import json
import math
import threading
from pathlib import Path
from typing import Any

import keras

from kgan.archives import configuration
from kgan.archives.directory import (
    CONFIG,
    FREE_BYTES,
    MAX_EXPANSION,
    WEIGHTS,
    Refusal,
    opened,
)
from kgan.archives.weights import check_weights


def check(path: str | Path) -> dict:
    """Returns the configuration in a `.keras` file that is whole and honest.

    Read before: the directory of the archive, which must hold few entries of
    Keras's names that unpack to no more than 20 times their size, and no
    configuration above 4 MiB. The size of the weights has no limit but the
    size of the file.

    Args:
        path: The file.

    Raises:
        ValueError: If it is no regular file, damaged, or not as Keras writes
            one.
    """
    return _checked(Path(path))[0]


def load_model(path: str | Path, compile: bool = False) -> keras.Model:
    """Loads a model from a `.keras` file, never running code in it.

    Only layers of Keras and registered classes are built. A model whose
    weights would be far larger than its file is refused.

    Args:
        path: The file.
        compile: Whether to compile the model as the file says, with its
            optimizers.

    Returns:
        The model.

    Raises:
        ValueError: If the file is missing, damaged, not as Keras writes one,
            holds code instead of layers, or does not load.
    """
    path = Path(path)
    config, stored_bytes = _checked(path)
    reason = configuration.refused(config)
    if reason == configuration.CODE:
        raise Refusal(_hidden_code(path))
    if reason:
        raise Refusal(_unloaded(path, f"it names {reason}"))
    try:
        _check_size(path, config, stored_bytes)
        return keras.saving.load_model(path, compile=compile, safe_mode=True)
    except Refusal:
        raise
    except Exception as error:  # A crafted file can raise nearly any type.
        if "safe_mode" in str(error):
            raise Refusal(_hidden_code(path)) from error
        reason = str(error).strip().split("\n")[0][:300]
        reason = f"{type(error).__name__}: {reason}"
        raise Refusal(_unloaded(path, reason)) from error


def _checked(path: Path) -> tuple[dict, int]:
    """Returns the configuration and the bytes of the weights."""
    with opened(path) as archive:
        config = configuration.parse(archive.read(CONFIG))
        for name in archive.namelist():
            if name not in (CONFIG, WEIGHTS):
                _read_through(archive, name)
        weights = archive.read(WEIGHTS)
        check_weights(weights)
    return config, len(weights)


def _read_through(archive: Any, name: str) -> None:
    with archive.open(name) as entry:
        while entry.read(2**20):
            pass


def _check_size(path: Path, config: dict, stored_bytes: int) -> None:
    """Raises ValueError if a model has far more weights than its file."""
    outcome: dict[str, Any] = {}

    def build() -> None:
        try:
            outcome["bytes"] = _weight_bytes(config)
        except Exception as error:
            outcome["error"] = error

    # Keras 3.15 keeps the variables that it did not initialize in a list of
    # the thread, and initializes them when the next scope of it ends. Once
    # that list ends with its scope, the thread can go.
    thread = threading.Thread(target=build)
    thread.start()
    thread.join()
    if "error" in outcome:
        raise outcome["error"]
    if outcome["bytes"] > MAX_EXPANSION * stored_bytes + FREE_BYTES:
        raise Refusal(
            _unloaded(
                path,
                f"its layers have {outcome['bytes']} bytes of weights, where "
                f"the file holds {stored_bytes}",
            )
        )


def _weight_bytes(config: dict) -> int:
    # Building changes what it is given.
    copied = json.loads(json.dumps({**config, "compile_config": None}))
    with keras.StatelessScope(initialize_variables=False):
        model = keras.saving.deserialize_keras_object(copied, safe_mode=True)
    variables = getattr(model, "variables", [])
    return 4 * sum(math.prod(variable.shape) for variable in variables)


def _hidden_code(path: Path) -> str:
    return (
        "`path` holds Python code (a Lambda layer or the like) or "
        "reads other files, which would happen on this machine; such files "
        "are not loaded. Build the model from plain layers and save it again. "
        f"Received: path={str(path)!r}"
    )


def _unloaded(path: Path, reason: str) -> str:
    return (
        "`path` must hold a Keras model of built-in or registered layers; "
        f"this one does not load ({reason}). Save the model again with its "
        "`save`, or import what registers its classes. "
        f"Received: path={str(path)!r}"
    )
