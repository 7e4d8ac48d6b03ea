"""Writes a model with Keras, on the backend of this process."""

import os
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kgan.export.copies import input_names, input_specs
from kgan.export.formats import TENSORFLOW
from kgan.export.portable import portable
from kgan.labels import with_labels

CONVERTED = ("onnx", "litert")


def write(model: keras.Model, format: str, path: Path) -> None:
    """Writes a plain model, float32 and of Keras's own layers.

    Args:
        model: A generator.
        format: A key of `kgan.export.formats.FORMATS`.
        path: Of the name that Keras asks for.

    Raises:
        RuntimeError: If Keras, or what it converts with, cannot.
    """
    if format in CONVERTED and keras.backend.backend() == TENSORFLOW:
        model = portable(model)
    try:
        if format == "onnx":
            # Keras requires that it was called.
            latents = np.zeros((1, model.inputs[0].shape[-1]), "float32")
            model(with_labels(model, latents, np.zeros((1,), "int32")))
        model.export(
            str(path),
            format=format,
            verbose=False,
            input_signature=input_specs(model),
        )
        if format == "openvino":
            _name_inputs(model, path)
    # A converter may raise anything.
    except Exception as error:
        reason = str(error).strip().split("\n")[0][:300]
        raise RuntimeError(
            f"Keras could not write this model as {format} on "
            f"{keras.backend.backend()}. Received: {type(error).__name__}: "
            f"{reason}"
        ) from error


def _name_inputs(model: keras.Model, path: Path) -> None:
    """Gives inputs their names and lengths, which PyTorch leaves out."""
    import openvino

    written: Any = openvino.Core().read_model(path)
    shapes = {}
    for port, name, tensor in zip(
        written.inputs, input_names(model), model.inputs, strict=True
    ):
        port.get_node().set_friendly_name(name)
        port.tensor.set_names({name})
        sizes = [-1 if size is None else size for size in tensor.shape]
        shapes[port] = openvino.PartialShape(sizes)
    written.reshape(shapes)
    named = path.with_name("named.xml")
    openvino.serialize(written, named)
    # Keeps in memory the weights of the file that will be replaced.
    del written, shapes, port
    for suffix in (".bin", ".xml"):
        os.replace(named.with_suffix(suffix), path.with_suffix(suffix))
