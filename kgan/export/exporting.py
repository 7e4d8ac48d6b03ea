"""A generator as a file of another program, compared before it is there."""

import dataclasses
import math
from pathlib import Path
from typing import Any

import keras

from kgan.export import elsewhere, writing
from kgan.export.comparing import BATCHES, largest_difference
from kgan.export.copies import copied, input_names, plain
from kgan.export.formats import TENSORFLOW, format_of
from kgan.export.placing import check_place, placed
from kgan.export.quiet import quietly
from kgan.presets.choosing import chosen_generator

LIMIT = 1e-4


@dataclasses.dataclass(frozen=True)
class Exported:
    """Holds what was written, and how near it is to the Keras model.

    Args:
        path: The file or folder; of OpenVINO the `.xml` file, or a folder.
        inputs: Names of its inputs, in order.
        difference: Largest difference from the Keras model, relative to the
            largest value where that is above 1.
        reason: Why it was written on another backend than that of this
            process, and on which; `None` if it was not.
    """

    path: Path
    inputs: tuple[str, ...]
    difference: float
    reason: str | None


def export(source: Any, format: str, out: str | Path) -> Exported:
    """Writes a generator as a file that other programs run.

    Layers of kgan are baked (`kgan.layers.bake`) and all is in float32. The
    inputs are `latents`, float32 `(batch, latent_dim)`, and of a conditional
    generator `labels`, int32 `(batch,)`, for any batch. The file is run by
    its own program, in batches of 1 and 7, and compared with the Keras model
    before it is put in its place; `docs/export.md` says how to run it.

    Where Keras does not write a format on the backend of this process, it is
    written on TensorFlow, in a separate process.

    Args:
        source: A generator; a model of kgan, whose average or generator is
            taken; the path of a `.keras` file of either, which is never run
            as code; the name of a trained preset; a folder that
            `kgan.presets.save` wrote; or `hf://OWNER/NAME`.
        format: `"onnx"`, `"tf_saved_model"`, `"litert"` or `"openvino"`.
        out: Where to write it. A file is replaced, and a folder that holds an
            earlier export of the same format. `"tf_saved_model"` is a folder;
            `"openvino"` is `NAME.xml` with `NAME.bin` beside it, or, without
            that ending, a folder with `model.xml` and `model.bin`.

    Returns:
        The path, the names of the inputs, and the largest difference.

    Raises:
        ValueError: If an argument is not as above, or the file is damaged,
            holds code, or is no generator.
        ImportError: If the extra `kgan[export]` is needed and not installed.
        RuntimeError: If the model cannot be written, or what was written
            differs from it by more than 1e-4. Nothing is left behind.

    Example:

    ```python
    done = kgan.export.export("ring", "tf_saved_model", "ring_model")
    print(done.inputs, done.difference)
    ```
    """
    chosen = format_of(format)
    path = check_place(out, chosen)
    # By default, GPUs round products to fewer bits.
    with keras.device("cpu"):
        reference = copied(chosen_generator(source))
        model = plain(reference)
        with placed(path, chosen) as unfinished:
            with quietly():
                if chosen.reason is None:
                    writing.write(model, format, unfinished)
                else:
                    elsewhere.write(model, format, unfinished)
                difference = largest_difference(
                    plain(reference, bake=False), format, unfinished
                )
            if math.isnan(difference) or difference > LIMIT:
                raise RuntimeError(
                    f"What was written as {chosen.title} does not compute "
                    "what the Keras model does, and was removed. Expected: "
                    f"differences up to {LIMIT} in batches of {BATCHES}. "
                    f"Received: {difference:.3g}. Try another format"
                    + _other_backend()
                )
    reason = None
    if chosen.reason is not None:
        reason = (
            f"Keras wrote {chosen.title} on TensorFlow, in a separate "
            f"process: on {keras.backend.backend()} {chosen.reason}."
        )
    return Exported(path, input_names(model), difference, reason)


def _other_backend() -> str:
    if keras.backend.backend() == TENSORFLOW:
        return "."
    return f" or KERAS_BACKEND={TENSORFLOW}."
