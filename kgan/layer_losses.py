"""Losses that a network's own layers have, such as regularizers."""

from typing import Any

import keras
from keras import ops

from kgan.layers import KGAN_LAYERS
from kgan.layers.nested import inner_layers

Tensor = Any
# They call other functions and layers.
CALLING = (
    keras.layers.Wrapper,
    keras.layers.RNN,
    keras.layers.Lambda,
)


class LayerLosses:
    """The losses that networks' layers add to their player's loss.

    Args:
        *networks: Of one player, built.
    """

    def __init__(self, *networks: keras.Model):
        # Asked once: the answers take longer than a small layer.
        self._regularized = [v for n in networks for v in _regularized(n)]
        self._adding = [
            n for n in networks if any(map(_may_add, inner_layers(n)))
        ]
        self.adds_in_call = bool(self._adding)

    def of_call(self) -> list[Tensor]:
        """Scalars of the networks' last call: of activities and `add_loss`.

        Each call forgets those of the call before, so that they must be
        asked for in between.
        """
        added = []
        for network in self._adding:
            # Keras lists the regularizers of weights last (3.15).
            losses = network.losses
            added += losses[: len(losses) - len(_regularized(network))]
        return added

    def of_weights(self) -> list[Tensor]:
        """Scalars of the weights' regularizers, frozen weights excepted."""
        return [
            variable.regularizer(variable) for variable in self._regularized
        ]


def add_losses(loss: Tensor, others: list[Tensor]) -> Tensor:
    """Returns the sum of scalars, float32."""
    for other in others:
        loss = loss + ops.sum(ops.cast(other, "float32"))
    return loss


def _regularized(network: keras.Model) -> list[keras.Variable]:
    return [
        weight
        for weight in network.trainable_weights
        if weight.regularizer is not None
    ]


def _may_add(layer: keras.layers.Layer) -> bool:
    """Says whether a call may add a loss; no layer of Keras 3.15 does.

    Nor does one of kgan, and what it wraps is asked for itself.
    """
    if type(layer) in KGAN_LAYERS and layer.activity_regularizer is None:
        return False
    built_in = type(layer).__module__.split(".")[0] == "keras"
    return (
        layer.activity_regularizer is not None
        or not built_in
        or "call" in vars(layer)
        or isinstance(layer, CALLING)
    )
