"""Facts of a model: objective, networks, optimizers, compilation."""

import json
import warnings
from typing import Any

import keras

from kgan.agreement.described import described
from kgan.agreement.facts import agree, make_together
from kgan.runs.file import renamed


def of_model(model: Any) -> dict[str, Any]:
    """Describes what is trained, but for state, which process 0 gives."""
    facts = {
        **of_players(
            type(model), model.generator, model.discriminator, model.n_critic
        ),
        "arguments of the loss": {
            name: _configuration(value, {})
            for name, value in model.loss_arguments.items()
        },
        "dtype policy": model.dtype_policy.name,
        "variables": [
            f"{tuple(variable.shape)} {variable.dtype}"
            for variable in model.variables
        ],
        "clip value": model.clip_value,
        "compile()": model.compiled,
    }
    if not model.compiled:
        return facts
    optimizers = (model.generator_optimizer, model.discriminator_optimizer)
    return {
        **facts,
        # A callback may have set the rate since; then process 0 has it.
        **of_optimizers(*optimizers, rates=model.compilation.rates),
        "run_eagerly": model.run_eagerly,
        "jit_compile": model.jit_compile or model.compiles_graph,
        "steps_per_execution": model.steps_per_execution,
        "metrics": [
            described(metric) for metric in model.scores.sample_metrics
        ],
    }


def of_players(
    objective: type, generator: Any, discriminator: Any, n_critic: Any
) -> dict[str, Any]:
    """Describes what a model is constructed of."""
    names: dict[str, str] = {}
    return {
        "objective": objective.__qualname__,
        "n_critic": n_critic,
        "generator": _configuration(generator, names),
        "discriminator": _configuration(discriminator, names),
    }


def agree_on_players(
    objective: type, generator: Any, discriminator: Any, n_critic: Any
) -> None:
    """Raises ValueError where processes would build different models."""
    if make_together():
        agree(
            of_players(objective, generator, discriminator, n_critic),
            "Build the same model in all of them.",
        )


def of_optimizers(
    generator_optimizer: keras.optimizers.Optimizer,
    discriminator_optimizer: keras.optimizers.Optimizer | None,
    rates: dict[str, float | None] | None = None,
) -> dict[str, Any]:
    """Describes what the players are trained by.

    Args:
        generator_optimizer: Optimizer.
        discriminator_optimizer: Optimizer, or `None` without a discriminator.
        rates: Learning rates that were asked for, `None` for a schedule.
    """
    facts = {}
    for name, optimizer in (
        ("generator_optimizer", generator_optimizer),
        ("discriminator_optimizer", discriminator_optimizer),
    ):
        facts[name] = _configuration(optimizer, {})
        if not isinstance(facts[name], dict):
            continue
        config = facts[name]["config"]
        rate = (rates or {}).get(name) or config.get("learning_rate")
        if isinstance(rate, float):
            # Keras reads it from a variable in float32.
            config["learning_rate"] = float(f"{rate:.6g}")
    return facts


def _configuration(thing: Any, names: dict[str, str]) -> Any:
    """Returns a configuration without names, or the name of a class."""
    try:
        with warnings.catch_warnings():
            # Nothing is saved, so a lambda's configuration will do.
            warnings.simplefilter("ignore")
            saved = keras.saving.serialize_keras_object(thing)
        return _shared(renamed(json.loads(json.dumps(saved)), names))
    except Exception:  # A model that cannot be saved may still be trained.
        return type(thing).__qualname__


def _shared(node: Any) -> Any:
    """Drops seeds, whose state process 0 gives, and code."""
    if isinstance(node, list):
        return [_shared(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("class_name") == "__lambda__":
        # Its code holds the path of its file on this machine.
        return "lambda"
    return {key: _shared(value) for key, value in node.items() if key != "seed"}
