"""The arguments of `compile`, kept for the file of a run."""

import warnings
from typing import Any

import keras

from kgan.runs.configuration import serialized
from kgan.runs.portable import portable

OPTIMIZERS = ("generator_optimizer", "discriminator_optimizer")


class Compilation:
    """Holds what a model was compiled with.

    Args:
        **arguments: Of `compile`, with the optimizers that it made.
    """

    def __init__(self, **arguments: Any):
        self._arguments = {
            key: value
            for key, value in arguments.items()
            # A model without a discriminator.
            if key not in OPTIMIZERS or value is not None
        }
        # Learning rates that were asked for, `None` for a schedule.
        self.rates = {
            key: _learning_rate(self._arguments[key])
            for key in OPTIMIZERS
            if key in self._arguments
        }

    def config(self) -> dict[str, Any]:
        """Returns what a file holds."""
        config = {k: serialized(value) for k, value in self._arguments.items()}
        # A rate that a callback has lowered since is saved as state. Another
        # compilation must match the rate that was asked for.
        for key, rate in self.rates.items():
            if rate is not None:
                config[key]["config"]["learning_rate"] = rate
        return config


def compile_from_config(model: Any, config: dict[str, Any]) -> None:
    """Compiles a model as the file of a run says."""
    arguments = {
        key: keras.saving.deserialize_keras_object(portable(value))
        for key, value in config.items()
    }
    steps = arguments.get("steps_per_execution", 1)
    if steps != 1 and keras.backend.backend() == "torch":
        warnings.warn(
            "This run was compiled on another backend with "
            f"steps_per_execution={steps}. On PyTorch, where Keras has none, "
            "it is compiled with 1, which trains the same.",
            stacklevel=3,
        )
        arguments["steps_per_execution"] = 1
    model.compile(**arguments)


def _learning_rate(optimizer: keras.optimizers.Optimizer) -> float | None:
    """Returns the rate as configured, `None` for a schedule."""
    rate = optimizer.get_config().get("learning_rate")
    return float(rate) if isinstance(rate, (int, float)) else None
