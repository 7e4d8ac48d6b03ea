"""A model's way into a file and out of it, by the names that Keras calls."""

import contextlib
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kgan import backend, distribution


def epochs_done(model: Any) -> int:
    """Returns the epochs that the model has been trained for, in all runs."""
    return model.run.epochs_done


def save(model: Any, filepath: Any, *args: Any, **kwargs: Any) -> None:
    """Saves the run, as Keras does; of several processes, the first.

    `keras.saving.load_model` needs `import kgan` first to load it;
    `gan.generator.save` writes a file that Keras alone loads.
    """
    with (
        backend.needs_weights(model, "save"),
        _where_to_write(filepath) as path,
    ):
        keras.Model.save(model, path, *args, **kwargs)


def save_weights(model: Any, filepath: Any, *args: Any, **kwargs: Any) -> None:
    """Saves the weights, as Keras does; of several processes, the first."""
    with (
        backend.needs_weights(model, "save_weights"),
        _where_to_write(filepath) as path,
    ):
        keras.Model.save_weights(model, path, *args, **kwargs)


def get_weights(model: Any) -> list[np.ndarray]:
    """Returns the weights of both networks."""
    with backend.needs_weights(model, "get_weights"):
        return keras.Model.get_weights(model)


def get_build_config(model: Any) -> dict[str, Any]:
    """Returns the facts of the run, which `kgan.runs.file` compares.

    Here, as no constructor takes them, and a loaded model is built.
    """
    config = keras.Model.get_build_config(model) or {}
    return {**config, "run_facts": model.run.facts.to_config()}


def get_compile_config(model: Any) -> dict[str, Any] | None:
    """Returns the arguments of `compile`; `None` before it."""
    return model.compilation.config() if model.compiled else None


def save_own_variables(model: Any, store: dict) -> None:
    """Writes what a run has besides weights."""
    model.run.save(store)


def load_own_variables(model: Any, store: dict) -> None:
    """Reads what a run has besides weights.

    Raises:
        ValueError: If the file is damaged, or of another model.
    """
    model.run.load(store)


def _where_to_write(filepath: Any) -> contextlib.AbstractContextManager:
    if isinstance(filepath, str | Path):
        return distribution.writing(filepath)
    return contextlib.nullcontext(filepath)
