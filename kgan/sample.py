"""Draws samples from a saved generator.

    python -m kgan.sample saved_models/x.keras --num 64 --seed 1 --out grid.png

Reads the latent dimension and the image shape from the file. Any Keras
generator will do, and so will a whole run that `gan.save` wrote.
"""

import io
import json
import sys
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from kgan import files, images
from kgan.commands import command_parser
from kgan.commands.sample import DEFAULT_OUT

BATCH_SIZE = 64
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)


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
        path: A Keras model from latents `(n, latent_dim)` to images
            `(n, height, width, 1 or 3)` or vectors `(n, dim)`, or a whole run
            that `gan.save` wrote, whose generator is taken.

    Returns:
        The generator, not compiled.

    Raises:
        ValueError: If the file is missing, damaged, holds code instead of
            layers, or is no generator.
    """
    path = Path(path)
    _check_archive(path)
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # A crafted file can raise nearly any type.
        if "safe_mode" in str(error):
            raise ValueError(_hidden_code(path)) from error
        reason = str(error).strip().split("\n")[0][:300]
        raise ValueError(
            "`path` must hold a Keras model; this one does not load "
            f"({type(error).__name__}: {reason}). Save the generator again "
            f"with `gan.generator.save`. Received: path={str(path)!r}"
        ) from error
    generator = getattr(model, "generator", model)
    _check_generator(generator, path)
    return generator


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code, 2 for an error of the user."""
    options = command_parser("sample").parse_args(arguments)
    try:
        print(_run(options))
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _run(options):
    out = options.out
    if out is None and options.npy is None:
        out = DEFAULT_OUT
    # All that can be wrong is checked before the work begins.
    images.check_integer("num", options.num, minimum=1)
    images.check_integer("seed", options.seed, minimum=0)
    if options.columns is not None:
        images.check_integer("columns", options.columns, minimum=1)
    if out is not None:
        images.check_png_path(out)
    generator = load_generator(options.file)
    if out is not None:
        images.check_drawable(generator.output_shape)
    for name, path in (("out", out), ("npy", options.npy)):
        if path is not None:
            files.check_writable(name, Path(path).parent)

    latent_dim = generator.input_shape[-1]
    samples = generator.predict(
        images.latents(options.num, latent_dim, options.seed),
        batch_size=BATCH_SIZE,
        verbose=0,
    )
    if options.npy is not None:
        content = io.BytesIO()
        np.save(content, samples.astype("float32"))
        files.write_bytes(options.npy, content.getvalue())
    if out is not None:
        images.save_grid(samples, out, options.columns)

    written = ", ".join(str(path) for path in (out, options.npy) if path)
    shape = "x".join(str(side) for side in samples.shape[1:])
    return (
        f"{options.file}: latent_dim {latent_dim}, image shape {shape}, "
        f"num {options.num}, seed {options.seed}, wrote {written}"
    )


def _check_archive(path):
    received = f"Received: path={str(path)!r}"
    if not path.is_file():
        raise ValueError(f"`path` must be an existing file. {received}")
    if path.suffix != ".keras":
        raise ValueError(
            "`path` must be a file that `gan.generator.save` wrote, ending in "
            f".keras. {received}"
        )
    with path.open("rb") as file:
        begins_as_zip = file.read(2) == b"PK"
    if not begins_as_zip:
        raise ValueError(
            "`path` must be a .keras file; this is none (no zip archive "
            f"inside). {received}"
        )
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
            config = json.loads(archive.read("config.json"))
        hidden_code = _holds_lambda(config)
    except KeyError as error:
        raise ValueError(
            "`path` must be a .keras file; this is a zip archive of something "
            f"else (no config.json inside). {received}"
        ) from error
    except DAMAGED as error:
        raise ValueError(
            "`path` must be a whole .keras file; this one is damaged or cut "
            f"short ({error}). Copy or save it again. {received}"
        ) from error
    if broken is not None:
        raise ValueError(
            "`path` must be a whole .keras file; this one is damaged at "
            f"{broken!r}. Copy or save it again. {received}"
        )
    if hidden_code:
        raise ValueError(_hidden_code(path))


def _holds_lambda(config):
    if isinstance(config, dict):
        if config.get("class_name") == "__lambda__":
            return True
        config = list(config.values())
    if isinstance(config, list):
        return any(_holds_lambda(item) for item in config)
    return False


def _hidden_code(path):
    return (
        "`path` holds Python code of its own (a Lambda layer or the like), "
        "which would run on this machine; such files are not loaded. Build "
        "the generator from plain layers and save it again. "
        f"Received: path={str(path)!r}"
    )


def _check_generator(model, path):
    # What is no model, and a subclassed model, has neither.
    inputs = getattr(model, "inputs", None) or []
    outputs = getattr(model, "outputs", None) or []
    expected = (
        "`path` must hold a generator, a model from latents (n, latent_dim) "
        "to images (n, height, width, channels) or vectors (n, dim). Received:"
    )
    if len(inputs) != 1 or len(outputs) != 1:
        raise ValueError(
            f"{expected} a {type(model).__name__} of {len(inputs)} inputs and "
            f"{len(outputs)} outputs in path={str(path)!r}"
        )
    [latents], [samples] = inputs, outputs
    takes_latents = (
        len(latents.shape) == 2
        and latents.shape[-1] is not None
        and "float" in str(latents.dtype)
    )
    if not takes_latents or len(samples.shape) not in (2, 4):
        raise ValueError(
            f"{expected} a model from {latents.dtype} {latents.shape} to "
            f"{samples.shape} in path={str(path)!r}"
        )


if __name__ == "__main__":
    sys.exit(main())
