"""Draws samples from a saved generator.

    python -m kgan.sample saved_models/x.keras --num 64 --seed 1 --out grid.png

Reads the latent dimension and the image shape from the file. Any Keras
generator will do, and so will a whole run that `gan.save` wrote.
"""

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kgan import archives, files, images
from kgan.arguments import check_integer
from kgan.commands import command_parser
from kgan.commands.sample import DEFAULT_OUT
from kgan.generating import check_samples
from kgan.labels import (
    check_label_input,
    chosen_labels,
    rows_of_classes,
    takes_labels,
    with_labels,
)
from kgan.terminal import one_line
from kgan.weight_averages import sampling_generator

BATCH_SIZE = 64


def load_generator(path: str | Path) -> keras.Model:
    """Loads a generator from a `.keras` file, never running code in it.

    Example:

    ```python
    from kgan.sample import load_generator

    generator = load_generator("saved_models/x.keras")
    latents = kgan.images.latents(64, generator.input_shape[-1], seed=1)
    samples = generator.predict(latents)
    ```

    Args:
        path: A Keras model from latents `(n, latent_dim)`, or from the list of
            them and integer labels `(n,)`, to images
            `(n, height, width, 1 or 3)` or vectors `(n, dim)`, or a whole run
            that `gan.save` wrote, whose average or generator is taken.

    Returns:
        The generator, not compiled.

    Raises:
        ValueError: If `path` is no path, or the file is missing, damaged,
            unpacks to many times its size, holds code instead of layers, or
            is no generator.
    """
    path = files.check_path("path", path)
    model = archives.load_model(path)
    if hasattr(model, "generator"):  # A whole run.
        model = sampling_generator(model)
    check_generator(model, "path", repr(str(path)))
    return model


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code, 2 for an error of the user."""
    options = command_parser("sample").parse_args(arguments)
    try:
        print(one_line(_run(options)))
    except (ValueError, OSError) as error:
        print(f"error: {one_line(str(error))}", file=sys.stderr)
        return 2
    return 0


def _run(options):
    out = options.out
    if out is None and options.npy is None:
        out = DEFAULT_OUT
    # All that can be wrong is checked before the work begins.
    check_integer("num", options.num, minimum=1)
    check_integer("seed", options.seed, minimum=0, maximum=None)
    if options.columns is not None:
        check_integer("columns", options.columns, minimum=1)
    if out is not None:
        images.check_png_path(out)
    for name, path in (("out", out), ("npy", options.npy)):
        if path is not None:
            files.check_file(name, path)
    generator = load_generator(options.file)
    if out is not None:
        images.check_drawable(generator.output_shape)
    for name, path in (("out", out), ("npy", options.npy)):
        if path is not None:
            files.check_writable(name, Path(path).parent)

    latent_dim = generator.inputs[0].shape[-1]
    sample_shape = generator.output_shape[1:]
    check_samples(
        options.num, options.seed, BATCH_SIZE, latent_dim, sample_shape
    )
    labels, columns = _labels(options, generator)
    latents = images.latents(options.num, latent_dim, options.seed)
    samples = generator.predict(
        with_labels(generator, latents, labels),
        batch_size=BATCH_SIZE,
        verbose=0,
    )
    if options.npy is not None:
        content = io.BytesIO()
        np.save(content, samples.astype("float32"))
        files.write_bytes(options.npy, content.getvalue())
    if out is not None:
        images.save_grid(samples, out, columns)

    written = ", ".join(str(path) for path in (out, options.npy) if path)
    shape = "x".join(str(side) for side in samples.shape[1:])
    return (
        f"{options.file}: latent_dim {latent_dim}, image shape {shape}, "
        f"num {options.num}, seed {options.seed}, wrote {written}"
    )


def _labels(options, generator):
    """The labels of all samples, and the columns of the picture."""
    num, seed = options.num, options.seed
    if options.label is None:
        return chosen_labels(None, num, seed, generator), options.columns
    try:
        labels = [int(text) for text in options.label.split(",")]
    except ValueError:
        raise ValueError(
            "`label` must be an integer, or several with commas between. "
            f"Received: label={options.label!r}. Write --label 7, or --label "
            "0,1,2."
        ) from None
    rows: Any = rows_of_classes(labels, num, generator)
    even = num // len(rows) if num % len(rows) == 0 and len(rows) > 1 else None
    return (
        rows[np.arange(num) * len(rows) // num],
        options.columns or even,
    )


def check_generator(model: Any, name: str, received: str) -> None:
    """Raises ValueError unless a model is a generator.

    Args:
        model: Any object.
        name: The argument that it comes from.
        received: What was passed as such, as the message shows it.
    """
    # What is no model, and a subclassed model, has neither.
    inputs = getattr(model, "inputs", None) or []
    outputs = getattr(model, "outputs", None) or []
    expected = (
        f"`{name}` must hold a generator, a model from latents (n, "
        "latent_dim), or from [latents, labels], "
        "to images (n, height, width, channels) or vectors (n, dim). Received:"
    )
    if len(inputs) not in (1, 2) or len(outputs) != 1:
        raise ValueError(
            f"{expected} a {type(model).__name__} of {len(inputs)} inputs and "
            f"{len(outputs)} outputs in {name}={received}"
        )
    latents, [samples] = inputs[0], outputs
    if takes_labels(model):
        try:
            check_label_input(name, model, "latents")
        except ValueError as error:
            raise ValueError(
                f"{expected} a {type(model).__name__} of 2 inputs, the second "
                f"no integer labels, in {name}={received}"
            ) from error
    takes_latents = (
        len(latents.shape) == 2
        and latents.shape[-1] is not None
        and "float" in str(latents.dtype)
    )
    if not takes_latents or len(samples.shape) not in (2, 4):
        raise ValueError(
            f"{expected} a model from {latents.dtype} {latents.shape} to "
            f"{samples.shape} in {name}={received}"
        )


if __name__ == "__main__":
    sys.exit(main())
