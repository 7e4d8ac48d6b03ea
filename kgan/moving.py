"""Variables that training moves besides those of its optimizers."""

from typing import Any

import keras

from kgan.layers import SpectralNormalization
from kgan.layers.nested import all_layers


def moving_averages(model: Any) -> list[keras.Variable]:
    """Returns the statistics of layers such as batch normalization.

    Those of all networks, and their copies in the average.
    """
    moving = [
        variable
        for network in model.networks
        for layer in all_layers(network)
        # A frozen layer keeps its weights.
        if layer.trainable
        and not isinstance(layer, keras.Model)
        # Its vector depends on the weights only, which are equal on all
        # replicas.
        and not isinstance(layer, SpectralNormalization)
        for variable in layer.non_trainable_weights
        if keras.backend.is_float_dtype(variable.dtype)
    ]
    if model.averaged_generator is None:
        return moving
    moves = {id(variable) for variable in moving}
    pairs = zip(
        model.averaged_generator.weights, model.generator.weights, strict=True
    )
    return moving + [copy for copy, origin in pairs if id(origin) in moves]


def seed_states(model: keras.Model) -> list[keras.Variable]:
    """Returns the states of all seeds, dropout's included."""
    weights = {id(weight) for weight in model.weights}
    return [v for v in model.variables if id(v) not in weights]


def layer_seeds(model: Any) -> list[keras.Variable]:
    """Returns the seeds of layers that draw, such as dropout."""
    own = {id(model._training_seed.state), id(model._evaluation_seed.state)}
    return [seed for seed in seed_states(model) if id(seed) not in own]
