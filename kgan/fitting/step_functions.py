"""The functions of a step that Keras compiles and calls."""

from typing import Any

import keras

from kgan import backend
from kgan.backend.layer_calls import LayerCall
from kgan.networks import all_layers


def make_train_function(model: Any, force: bool = False) -> None:
    """Builds the function of a train step, unless it is there."""
    if model.compiled:
        model.trained_variables.check(model)
    if force or getattr(model, "train_function", None) is None:
        model.step_graphs = backend.step_graphs(model.compiles_graph)
        keras.Model.make_train_function(model, force)
        function = backend.train_function(model)
        if function:
            model.train_function = function


def make_test_function(model: Any, force: bool = False) -> None:
    """Builds the function of a test step, unless it is there."""
    if force or getattr(model, "test_function", None) is None:
        keras.Model.make_test_function(model, force)
        function = backend.test_function(model)
        if function:
            model.test_function = function


def build_by_no_batch(model: Any, **data: Any) -> None:
    """Does nothing: the networks are built when the model is.

    Keras (3.15) would build by a first batch, which it cannot read under a
    strategy of TensorFlow with several workers.
    """
    del model, data


def layer_calls(model: Any) -> list[LayerCall]:
    """Returns what layers do in a train step that the backend does faster."""
    return [
        (layer, call)
        for network in (model.generator, model.discriminator)
        for layer in all_layers(network)
        if (call := backend.layer_call(layer)) is not None
    ]


def convolves(model: Any) -> bool:
    """Returns whether a network has a layer with a kernel of pixels."""
    return any(
        hasattr(layer, "kernel_size")
        for network in (model.generator, model.discriminator)
        for layer in all_layers(network)
    )
