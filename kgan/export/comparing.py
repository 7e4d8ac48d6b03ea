"""How far what was written is from the Keras model."""

from pathlib import Path

import keras
import numpy as np

from kgan.export.copies import input_names
from kgan.export.running import run
from kgan.images import latents
from kgan.labels import num_classes, with_labels

# Two sizes: one would not show whether every size works.
BATCHES = (1, 7)


def largest_difference(model: keras.Model, format: str, path: Path) -> float:
    """Computes the largest difference of samples, in batches of 1 and 7.

    Args:
        model: The generator, in float32.
        format: A key of `kgan.export.formats.FORMATS`.
        path: The file, or folder.

    Returns:
        The largest absolute difference, divided by the largest absolute
        value where that is above 1; NaN or infinity where samples are not
        finite or of another shape.

    Raises:
        RuntimeError: If the file does not run.
    """
    differences = []
    for batch in BATCHES:
        inputs = [latents(batch, model.inputs[0].shape[-1], seed=batch)]
        if len(model.inputs) == 2:
            # Starts at the last class, which an off-by-one error would miss.
            labels = -1 - np.arange(batch)
            inputs += [(labels % (num_classes(model) or 1)).astype("int32")]
        expected = model.predict(
            with_labels(model, inputs[0], inputs[-1]), verbose=0
        )
        try:
            received = run(format, path, input_names(model), inputs)
        # The programs raise their own kinds.
        except Exception as error:
            raise RuntimeError(
                f"What Keras wrote as {format} does not run in a batch of "
                f"{batch}, and was removed. Received: {type(error).__name__}: "
                f"{str(error).strip()[:300]}"
            ) from error
        differences.append(_difference(expected, received))
    return float(np.max(differences))


def _difference(expected: np.ndarray, received: np.ndarray) -> float:
    if received.shape != expected.shape:
        return np.inf
    scale = max(1.0, float(np.abs(expected).max()))
    return float(np.abs(received - expected).max()) / scale
