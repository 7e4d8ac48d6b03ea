"""Draws samples from a saved generator.

    python -m kgan.sample digits --label 7 --out sevens.png
    python -m kgan.sample saved_models/x.keras --num 64 --seed 1 --out grid.png
    python -m kgan.sample saved_models/x.keras --interpolate 1,2 --out ways.png
    python -m kgan.sample saved_models/x.keras --walk walk.gif --truncation 1.5

Reads the latent dimension and the image shape from the file. Any Keras
generator will do, and so will a whole run that `gan.save` wrote, a preset by
name, and what `kgan.presets.save` wrote.
"""

import io
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kgan import chosen_latents, files, images
from kgan.commands import command_parser
from kgan.commands.sample import DEFAULT_OUT
from kgan.generating import check_samples
from kgan.generator_files import load_generator as load_generator
from kgan.labels import with_labels
from kgan.presets.choosing import chosen_generator
from kgan.terminal import one_line

BATCH_SIZE = 64


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code, 2 for an error of the user."""
    options = command_parser("sample").parse_args(arguments)
    try:
        print(one_line(_run(options)))
    except (ValueError, OSError, ImportError, RuntimeError) as error:
        print(f"error: {one_line(str(error))}", file=sys.stderr)
        return 2
    return 0


def _run(options):
    out = options.out
    if out is None and options.npy is None and options.walk is None:
        out = DEFAULT_OUT
    # Everything is checked before the work begins.
    num = chosen_latents.check(options)
    places = {"out": out, "walk": options.walk, "npy": options.npy}
    places = {name: path for name, path in places.items() if path is not None}
    if out is not None:
        images.check_png_path(out)
    if options.walk is not None:
        images.check_gif_path(options.walk)
    for name, path in places.items():
        files.check_file(name, path)
    generator = chosen_generator(options.file, "file")
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


if __name__ == "__main__":
    sys.exit(main())
