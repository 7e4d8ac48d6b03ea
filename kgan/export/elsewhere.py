"""Writes a model with Keras on TensorFlow, in a separate process."""

import os
import subprocess
import sys
from pathlib import Path

import keras

from kgan import archives, files
from kgan.export import writing
from kgan.export.formats import TENSORFLOW

PROGRAM = "from kgan.export import elsewhere; elsewhere.main()"
SOURCE = Path(__file__).parents[2]


def write(model: keras.Model, format: str, path: Path) -> None:
    """Writes a plain model as `writing.write` does, on TensorFlow.

    Args:
        model: A generator.
        format: A key of `kgan.export.formats.FORMATS`.
        path: Of the name that Keras asks for.

    Raises:
        RuntimeError: If that process could not.
    """
    saved = path.with_name("source.keras")
    files.write_bytes(saved, files.model_bytes(model))
    paths = [str(SOURCE), os.environ.get("PYTHONPATH", "")]
    # Leaves out the folder that this process runs in.
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, str(saved), format, str(path)],
        env={
            **os.environ,
            "KERAS_BACKEND": TENSORFLOW,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            # The memory of a GPU is this process's.
            "CUDA_VISIBLE_DEVICES": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    saved.unlink()
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise RuntimeError(
            f"Keras on TensorFlow could not write this model as {format}. "
            f"Received: exit code {done.returncode}, {lines[-1][:500]}"
        )


def main() -> None:
    """Runs in that process: a file, a format and a path are its arguments."""
    file, format, path = sys.argv[1:]
    with keras.device("cpu"):
        writing.write(archives.load_model(file), format, Path(path))
