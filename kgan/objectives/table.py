"""The table of objectives, read off their classes."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras

from kgan.adversarial import AdversarialModel
from kgan.arguments import shown

_ARGS = inspect.Parameter.VAR_POSITIONAL
_KWARGS = inspect.Parameter.VAR_KEYWORD
_KEYWORD = inspect.Parameter.KEYWORD_ONLY


@dataclass(frozen=True)
class Objective:
    """Holds what scripts, curves, searches and tests know of an objective.

    Args:
        name: Short name, as `--objective` takes it. Empty for a class
            without one.
        model: The model's class.
        logs: Names of what it logs, without penalties.
        estimate: Name of the log that estimates a distance, or `None`.
        estimate_mode: `"min"` or `"max"`: whether a low or a high estimate
            means that real and generated samples are close.
        estimate_limit: Bound of the estimate and its text, or `None`.
        has_discriminator: Whether there are two players.
        n_critic: Default number of discriminator updates per step. It is 0
            without a discriminator.
        clip_value: The clip of the paper, or `None`.
        arguments: Values for arguments of the constructor that have no
            default.
    """

    name: str
    model: type[AdversarialModel]
    logs: tuple[str, ...]
    estimate: str | None
    estimate_mode: str
    estimate_limit: tuple[float, str] | None
    has_discriminator: bool
    n_critic: int
    clip_value: float | None
    arguments: Mapping[str, Any]


def row(model: type[AdversarialModel]) -> Objective:
    """Reads the row of a class, kgan's or a user's."""
    n_critic = 0
    if model.has_discriminator:
        n_critic = constructor(model)["n_critic"].default
    return Objective(
        name=vars(model).get("short_name") or "",
        model=model,
        logs=model.log_names(),
        estimate=model.estimate_name,
        estimate_mode=model.estimate_mode,
        estimate_limit=model.estimate_limit,
        has_discriminator=model.has_discriminator,
        n_critic=n_critic,
        clip_value=model.default_clip_value,
        arguments=dict(model.default_arguments),
    )


def table() -> dict[str, Objective]:
    """Returns all objectives by name, a user's named ones included.

    A class is listed if it sets `short_name` and its module is imported.

    Example:

    ```python
    for name, objective in kgan.objectives.table().items():
        print(name, objective.model.__name__, objective.n_critic)
    ```
    """
    rows = [row(model) for model in _subclasses(AdversarialModel)]
    return {row.name: row for row in rows if row.name}


def build(
    name: str,
    generator: keras.Model,
    discriminator: keras.Model | None = None,
    n_critic: int | None = None,
    **arguments: Any,
) -> AdversarialModel:
    """Builds the model of an objective by its name, with its defaults.

    Args:
        name: One of `table()`, such as `"wgan"`.
        generator: Keras model, latents to samples.
        discriminator: Keras model, samples to logits or features; `None` for
            an objective that has none.
        n_critic: Positive integer, or `None` for the objective's default.
        **arguments: Other arguments of the constructor.

    Raises:
        ValueError: If there is no such objective, or the networks or an
            argument do not fit it.

    Example:

    ```python
    gan = kgan.objectives.build("r3gan", generator, discriminator, seed=1)
    ```
    """
    known = table()
    if not isinstance(name, str) or name not in known:
        raise ValueError(
            f"`name` must be one of {', '.join(known)}. "
            f"Received: name={shown(name)}"
        )
    if n_critic is not None:
        arguments["n_critic"] = n_critic
    objective = known[name]
    arguments = {**objective.arguments, **arguments}
    if objective.has_discriminator:
        return objective.model(generator, discriminator, **arguments)
    if discriminator is not None or n_critic is not None:
        raise ValueError(
            f"The objective {name} has no discriminator. Received: "
            f"discriminator={shown(discriminator)}, n_critic={n_critic!r}. "
            "Leave both out."
        )
    return objective.model(generator, **arguments)


def constructor(model: type) -> dict[str, inspect.Parameter]:
    """Returns the parameters that a class takes, by name.

    If a constructor passes `**` on, the parameters of its bases follow.
    """
    found: dict[str, inspect.Parameter] = {}
    for base in model.__mro__:
        method = vars(base).get("__init__")
        if method is None:
            continue
        _, *parameters = inspect.signature(method).parameters.values()
        taken = [p for p in parameters if p.kind not in (_ARGS, _KWARGS)]
        if found:
            # The networks, which a base class may name differently.
            taken = [p for p in taken if p.kind == _KEYWORD or _optional(p)]
        found |= {p.name: p for p in taken if p.name not in found}
        if not any(p.kind == _KWARGS for p in parameters):
            break
    return found


def _optional(parameter: inspect.Parameter) -> bool:
    return parameter.default is not parameter.empty


def _subclasses(model: type) -> list[type[AdversarialModel]]:
    """Lists all classes below one, each once, in order of definition."""
    found: dict[type, None] = {}
    below: type
    for below in model.__subclasses__():
        found |= dict.fromkeys([below, *_subclasses(below)])
    return list(found)
