"""A file of a whole run, loaded into the model that goes on with it."""

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kgan import archives
from kgan.runs import facts
from kgan.runs.portable import portable

# Where a configuration speaks of layers by name.
REFERENCES = ("keras_history", "input_layers", "output_layers")


def restore(model: Any, path: Path, changed: bool = False) -> None:
    """Loads weights, optimizers, seeds and epochs done into `model`.

    Args:
        model: A compiled kgan model, built like the one that was saved.
        path: A `.keras` file of `model.save`.
        changed: Whether the run goes on with other data or arguments.

    Raises:
        ValueError: If the file cannot be read, or is of another class,
            `n_critic`, seed, networks or optimizers; or, unless `changed`, of
            other data or arguments of `fit`. The model is then as it was.
    """
    saved = _configuration(path)
    present = keras.saving.serialize_keras_object(model)
    present = json.loads(json.dumps(present))
    found = list(_differences(_canonical(present), _canonical(saved)))
    if found:
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        raise ValueError(
            f"{str(path)!r} holds a run of another model. Received: "
            f"{'; '.join(found[:3])}{more}. Build and compile the model as "
            "the one that began the run, or start over with resume=False or "
            "in another directory."
        )
    going_on = facts.going_on(
        model.run.facts,
        (saved.get("build_config") or {}).get("run_facts"),
        str(path),
        changed,
    )
    _load(model, path)
    model.run.facts = going_on


def _configuration(path: Path) -> dict:
    try:
        saved = archives.check(path)
        _canonical(saved)
    except archives.ANY_JSON as error:
        raise ValueError(_unreadable(path, error)) from error
    return saved


def _load(model: Any, path: Path) -> None:
    """Loads all of the run's state, or none of it."""
    variables = [*model.variables, *model.optimizer.variables]
    before = [np.array(keras.ops.convert_to_numpy(v)) for v in variables]
    epochs_done = model.run.epochs_done
    try:
        with warnings.catch_warnings():
            # Keras only warns where an optimizer has other variables.
            warnings.filterwarnings("error", "Skipping variable loading")
            model.load_weights(path)
    except Exception as error:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
        model.run.epochs_done = epochs_done
        raise ValueError(_unreadable(path, error)) from error


def _unreadable(path: Path, reason: object) -> str:
    return (
        f"A run goes on from a whole .keras file. Received: {str(path)!r}, "
        f"which cannot be read ({reason}). Remove it, or start over with "
        "resume=False."
    )


def _canonical(saved: dict) -> dict:
    """Returns what two models must share to resume each other's run."""
    saved = portable(saved)
    compilation = saved.get("compile_config") or {}
    names: dict[str, str] = {}
    return {
        "class": saved.get("class_name"),
        **{
            key: renamed(value, names)
            for key, value in saved.get("config", {}).items()
            if key != "name"
        },
        **{
            key: renamed(compilation.get(key), names)
            for key in ("generator_optimizer", "discriminator_optimizer")
        },
    }


def renamed(node: Any, names: dict[str, str]) -> Any:
    """Numbers the names, which Keras makes up for each model."""
    if isinstance(node, list):
        return [renamed(item, names) for item in node]
    if not isinstance(node, dict):
        return node
    result = {}
    for key, value in node.items():
        if key == "dtype":  # `name` is not a layer's name here.
            result[key] = value
        elif key == "name" and isinstance(value, str):
            result[key] = names.setdefault(value, f"#{len(names)}")
        elif key in REFERENCES:
            result[key] = _referred(value, names)
        else:
            result[key] = renamed(value, names)
    return result


def _referred(node: Any, names: dict[str, str]) -> Any:
    if isinstance(node, list):
        return [_referred(item, names) for item in node]
    return names.get(node, node) if isinstance(node, str) else node


def _differences(present: Any, saved: Any, where: str = "") -> Iterator[str]:
    """Says where two configurations differ, key by key that both have.

    Another version of Keras may add keys.
    """
    if isinstance(present, dict) and isinstance(saved, dict):
        # If the class differs, everything else does too.
        if present.get("class_name") != saved.get("class_name"):
            present, saved = present.get("class_name"), saved.get("class_name")
        else:
            for key in [key for key in present if key in saved]:
                inner = where if key == "config" else f"{where}.{key}"
                yield from _differences(present[key], saved[key], inner)
            return
    elif isinstance(present, list) and isinstance(saved, list):
        if len(present) == len(saved):
            for i, pair in enumerate(zip(present, saved, strict=True)):
                yield from _differences(*pair, f"{where}[{i}]")
            return
        where, present, saved = f"{where}.length", len(present), len(saved)
    if present != saved:
        yield f"{where.strip('.')}={present!r} here, {saved!r} in the file"
