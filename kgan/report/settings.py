"""Describes a run: networks, game, optimizers and what else is known."""

from typing import Any

import keras

from kgan.runs.portable import portable

PARTS = ("augmentation", "average")
OPTIMIZERS = ("generator_optimizer", "discriminator_optimizer")
# Usual values in an optimizer's configuration. The page leaves them out.
USUAL = {
    "weight_decay": None,
    "clipnorm": None,
    "global_clipnorm": None,
    "clipvalue": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
    "name": None,
}


def settings_of(model: Any) -> dict[str, Any]:
    """Describes a compiled model in values that fit into JSON."""
    game = {
        "class": type(model).__name__,
        "n_critic": model.n_critic,
        "seed": model.seed,
        "latent_dim": model.latent_dim,
        "sample_shape": list(model.sample_spec.shape),
        "packing": model.packing,
        "estimate_name": model.estimate_name,
        "sign_decides": bool(model.sign_decides),
        "has_discriminator": bool(model.has_discriminator),
        "takes_features": bool(model.takes_features),
        "clip_value": model.clip_value,
    }
    networks = {"generator": _network(model.generator)}
    if model.has_discriminator:
        networks["discriminator"] = _network(model.discriminator)
    return {
        "game": game,
        "networks": networks,
        "optimizers": {
            name: _optimizer(getattr(model, name))
            for name in OPTIMIZERS
            if getattr(model, name) is not None
        },
        "penalties": {p.name: _part(p) for p in model.penalties},
        "parts": {name: _part(getattr(model, name)) for name in PARTS},
        "data": _plain(model.run.facts.known),
    }


def _network(network: keras.Model) -> dict[str, Any]:
    layers = [
        {
            "name": layer.name,
            "class": type(layer).__name__,
            "output": _shape(layer),
            "parameters": layer.count_params() if layer.built else 0,
        }
        for layer in getattr(network, "layers", [])
    ]
    return {"parameters": network.count_params(), "layers": layers}


def _shape(layer):
    try:
        return str(tuple(layer.output.shape))
    except (AttributeError, ValueError):  # Called more than once, or never.
        return ""


def _optimizer(optimizer):
    config = _part(optimizer)
    return {
        key: value
        for key, value in config.items()
        if key == "class" or key not in USUAL or value != USUAL[key]
    }


def _part(part):
    if part is None:
        return None
    config = portable(keras.saving.serialize_keras_object(part))
    held = _plain(config.get("config") or {})
    return {"class": type(part).__name__, **held}


def _plain(value: Any) -> Any:
    """Makes a configuration fit into JSON: objects by class and arguments."""
    if isinstance(value, dict):
        if "class_name" in value and "config" in value:
            held = _plain(value["config"] or {})
            rest = held if isinstance(held, dict) else {"config": held}
            return {"class": value["class_name"], **rest}
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
