"""PyTorch: what its steps do faster than layer by layer."""

import functools
from typing import Any

import keras
import torch

from kgan import backend
from kgan.speed.layer_calls import Call, layer_calls, replaced
from kgan.speed.normalization import normalization_call
from kgan.speed.said import say_once
from kgan.speed.torch_convolutions import convolution_call
from kgan.speed.torch_graph import StepGraphs


def install_fast(model: Any, step: str) -> Any:
    """Has a train step run as a graph, with faster layers; no test step.

    Args:
        model: A compiled kgan model.
        step: `"train_step"` or `"test_step"`.

    Returns:
        What returns the function of Keras as it is.
    """
    if step == "train_step":
        paths = model.fast_paths
        paths.layer_calls = layer_calls(model, layer_call)
        paths.graphs = StepGraphs(model.compiles_graph)
        # Not by `setattr`, which Keras tracks.
        vars(model)["play"] = functools.partial(_play, model)
    return lambda function: function


def layer_call(layer: keras.layers.Layer) -> Call | None:
    """Returns what a layer does in a train step in place of its `call`."""
    return normalization_call(layer, _normalize) or convolution_call(layer)


def _play(model: Any, *tensors: Any) -> dict[str, Any]:
    """Runs a step as a graph if it can.

    Not with `run_eagerly`, nor where processes exchange their gradients.
    """
    # Keras passes `train_on_batch`'s arrays on unchanged, and tracing would
    # make their numbers constants of the graph.
    given = [_as_tensor(x) for x in keras.tree.flatten(tensors)]

    def play(model: Any, given: list) -> dict[str, Any]:
        with replaced(model.fast_paths.layer_calls):
            of_step = keras.tree.pack_sequence_as(tensors, given)
            return type(model).play(model, *of_step)

    graph = None
    if model.run_eagerly:
        say_once(model, "no graph of a step: run_eagerly=True")
    elif backend.replica()[1] > 1:
        say_once(model, "no graph of a step: processes exchange gradients")
    else:
        graph = model.fast_paths.graphs.find(play, model, given)
    return graph(given) if graph else play(model, given)


def _as_tensor(x: Any) -> Any:
    if x is None or isinstance(x, torch.Tensor):
        return x
    return keras.ops.convert_to_tensor(x)


def _normalize(x: Any, gamma: Any, beta: Any, epsilon: float) -> tuple:
    """Normalizes images with the biased variance, as Keras does."""
    mean, variance = torch.zeros_like(gamma), torch.zeros_like(gamma)
    y = torch.nn.functional.batch_norm(
        x.permute(0, 3, 1, 2), mean, variance, gamma, beta, True, 1.0, epsilon
    )
    count = x.numel() // x.shape[-1]
    return y.permute(0, 2, 3, 1), mean, variance * ((count - 1) / count)
