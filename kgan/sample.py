"""Draws samples from a saved generator.

    python -m kgan.sample saved_models/x.keras --num 64 --seed 1 --out grid.png
    python -m kgan.sample saved_models/x.keras --interpolate 1,2 --out ways.png
    python -m kgan.sample saved_models/x.keras --walk walk.gif --truncation 1.5

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

from kgan import archives, chosen_latents, files, images
from kgan.commands import command_parser
from kgan.commands.sample import DEFAULT_OUT
from kgan.generating import check_samples
from kgan.labels import check_label_input, takes_labels, with_labels
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
    if out is None and options.npy is None and options.walk is None:
        out = DEFAULT_OUT
    # All that can be wrong is checked before the work begins.
    num = chosen_latents.check(options)
    places = {"out": out, "walk": options.walk, "npy": options.npy}
    places = {name: path for name, path in places.items() if path is not None}
    if out is not None:
        images.check_png_path(out)
    if options.walk is not None:
        images.check_gif_path(options.walk)
    for name, path in places.items():
        files.check_file(name, path)
    generator = load_generator(options.file)
    if {"out", "walk"} & set(places):
        images.check_drawable(generator.output_shape)
    for name, path in places.items():
        files.check_writable(name, Path(path).parent)

    latent_dim = generator.inputs[0].shape[-1]
    check_samples(
        num, options.seed, BATCH_SIZE, latent_dim, generator.output_shape[1:]
    )
    chosen = chosen_latents.choose(options, generator)
    samples = generator.predict(
        with_labels(generator, chosen.latents, chosen.labels),
        batch_size=BATCH_SIZE,
        verbose=0,
    )
    shape = samples.shape[1:]
    if chosen.frames is not None:
        samples = samples.reshape(chosen.frames, options.num, *shape)
    _write(samples, chosen.columns, places)

    written = ", ".join(map(str, places.values()))
    shape = "x".join(map(str, shape))
    return (
        f"{options.file}: latent_dim {latent_dim}, image shape {shape}, "
        f"num {options.num}, seed {options.seed}, wrote {written}"
    )


def _write(samples, columns, places):
    """Writes the files of a run of the command, by their options."""
    if "npy" in places:
        content = io.BytesIO()
        np.save(content, samples.astype("float32"))
        files.write_bytes(places["npy"], content.getvalue())
    if "out" in places:
        images.save_grid(samples, places["out"], columns)
    if "walk" in places:
        images.save_animation(samples, places["walk"], columns=columns)


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
