"""The one entrance: the fast paths of a step, as attributes of a model."""

import dataclasses
import warnings
from collections.abc import Callable
from typing import Any

import keras

from kgan.speed.layer_calls import LayerCall
from kgan.speed.switch import NAME, is_on

match keras.backend.backend():
    case "tensorflow":
        from kgan.speed.tensorflow import install_fast
    case "jax":
        from kgan.speed.jax import install_fast
    case _:
        from kgan.speed.torch import install_fast

# Replaces a step's function by a faster one with the same results.
Faster = Callable[[Any], Any]
# What the fast paths replace, on the model itself.
_TRAINING = ("train_step", "play")


@dataclasses.dataclass
class Paths:
    """The fast paths that a model's training takes.

    Args:
        layer_calls: The layers whose `call` another operation stands in for.
        graphs: On PyTorch, the traced graphs of the step.
    """

    layer_calls: list[LayerCall] = dataclasses.field(default_factory=list)
    graphs: Any = None


def install(model: Any, step: str) -> Faster:
    """Has a step of a model take the backend's fast paths.

    To be called before Keras makes the function of the step. What an earlier
    call installed is taken away, so that `KGAN_SPEED` counts as it stands.

    Args:
        model: A compiled kgan model.
        step: `"train_step"` or `"test_step"`.

    Returns:
        What makes the function of Keras faster, once there is one.

    Raises:
        ValueError: If `KGAN_SPEED` is neither 0 nor 1.
    """
    attributes = vars(model)
    for name in _TRAINING if step == "train_step" else (step,):
        attributes.pop(name, None)
    if step == "train_step":
        attributes["fast_paths"] = Paths()
    if is_on():
        return install_fast(model, step)
    if step == "train_step" and model.compiles_graph:
        warnings.warn(
            f"{NAME}=0 leaves out the graph that `jit_compile=True` has "
            "torch.compile make kernels of: this model trains layer by layer. "
            f"Received: {NAME}=0, jit_compile=True. Leave one of them out.",
            stacklevel=2,
        )
    return lambda function: function
