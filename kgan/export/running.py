"""Runs what was written, each format by its own program."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

Run = Callable[[Sequence[np.ndarray]], np.ndarray]


def run(
    format: str, path: Path, names: Sequence[str], inputs: Sequence[np.ndarray]
) -> np.ndarray:
    """Runs a file once.

    Args:
        format: A key of `kgan.export.formats.FORMATS`.
        path: The file, or folder.
        names: Of the inputs.
        inputs: Latents, and labels if the file takes them.

    Returns:
        Samples `(batch, ...)`.
    """
    return _RUNS[format](path, dict(zip(names, inputs, strict=True)))


def _onnx(path: Path, inputs: dict) -> np.ndarray:
    import onnxruntime

    session = onnxruntime.InferenceSession(
        path, providers=["CPUExecutionProvider"]
    )
    return session.run(None, inputs)[0]


def _tf_saved_model(path: Path, inputs: dict) -> np.ndarray:
    import tensorflow

    with tensorflow.device("CPU:0"):
        loaded = tensorflow.saved_model.load(str(path))
        tensors = {k: tensorflow.constant(v) for k, v in inputs.items()}
        [samples] = loaded.signatures["serving_default"](**tensors).values()
    return samples.numpy()


def _litert(path: Path, inputs: dict) -> np.ndarray:
    from ai_edge_litert.interpreter import Interpreter

    # One interpreter for each batch: see docs/export.md.
    runner = Interpreter(str(path)).get_signature_runner()
    [samples] = runner(**inputs).values()
    return samples


def _openvino(path: Path, inputs: dict) -> np.ndarray:
    import openvino

    # Some CPUs would take bfloat16.
    exact = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(path, "CPU", exact)
    return compiled(inputs)[0]


_RUNS: dict[str, Callable[[Path, dict], np.ndarray]] = {
    "onnx": _onnx,
    "tf_saved_model": _tf_saved_model,
    "litert": _litert,
    "openvino": _openvino,
}
