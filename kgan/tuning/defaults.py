"""Where a search begins: what the objective's class says about its paper."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from kgan.adversarial import AdversarialModel
from kgan.objectives.table import Objective, row
from kgan.objectives.wgan import WGAN

PAPER = "paper"
CLIP_VALUES = (1e-3, 1e-1)


def objective_of(model: Callable[..., keras.Model]) -> Objective | None:
    """Returns what a class says about itself; `None` for a function."""
    if isinstance(model, type) and issubclass(model, AdversarialModel):
        return row(model)
    return None


def _check_two_players(model: Callable[..., keras.Model]) -> None:
    """Raises ValueError for an objective without a discriminator."""
    objective = objective_of(model)
    if objective is not None and not objective.has_discriminator:
        raise ValueError(
            "`model` must have a discriminator: a search counts its updates, "
            "and is over its clip and number of updates. Received: "
            f"model={objective.model.__name__}"
        )


def clip_space(model: Callable[..., keras.Model], clip_value: Any) -> Any:
    """Returns the clip values to search; `None` for no clip.

    If an objective's paper does not clip, its search does not clip either,
    unless the user gives clip values.
    """
    if not isinstance(clip_value, str) or clip_value != PAPER:
        return clip_value
    objective = objective_of(model)
    clips = objective is None or objective.clip_value is not None
    return CLIP_VALUES if clips else None


def beginnings(model: Callable[..., keras.Model]) -> dict[str, Any]:
    """Returns the values where a grid search begins, by name.

    Raises:
        ValueError: If the objective has no discriminator.
    """
    _check_two_players(model)
    objective = objective_of(model) or row(WGAN)
    return {
        **objective.arguments,
        "n_critic": objective.n_critic,
        "clip_value": objective.clip_value,
    }


def rate_of(optimizer: keras.optimizers.Optimizer) -> float:
    """Returns the learning rate as written: 5e-5 and not its float32."""
    rate = keras.ops.convert_to_numpy(optimizer.learning_rate)
    return float(str(np.float32(rate)))
