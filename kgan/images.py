"""Samples as pictures: grids of images, plots of low-dimensional vectors."""

import io
import math
from pathlib import Path

import numpy as np

from kgan.arguments import check_integer, shown
from kgan.files import check_file, check_path, write_bytes
from kgan.memory import check_memory

MIN_CELL_SIDE = 32
SEPARATOR = 2
SEPARATOR_GRAY = 128


def latents(num: int, latent_dim: int, seed: int) -> np.ndarray:
    """Draws standard normal latents that are equal on every backend.

    Example:

    ```python
    fixed = kgan.images.latents(64, latent_dim=128, seed=0)
    ```

    Args:
        num: Number of latents, at least 1. The first `k` of `num` latents are
            the `k` latents that the same seed gives.
        latent_dim: Length of one latent, at least 1.
        seed: Integer, at least 0.

    Returns:
        float32 array of shape `(num, latent_dim)`.

    Raises:
        ValueError: If an argument is out of its range, or the latents take
            more memory than there is.
    """
    check_integer("num", num, minimum=1, maximum=None)
    check_integer("latent_dim", latent_dim, minimum=1, maximum=None)
    check_integer("seed", seed, minimum=0, maximum=None)
    name = "num" if num >= latent_dim else "latent_dim"
    check_memory(name, max(num, latent_dim), 4 * num * latent_dim, "latents")
    generator = np.random.default_rng(seed)
    return generator.standard_normal((num, latent_dim), dtype="float32")


def image_grid(images: np.ndarray, columns: int | None = None) -> np.ndarray:
    """Lays images out in one picture, row by row.

    Small images are enlarged by a whole factor, each pixel to a square, until
    the longer side has at least 32 pixels. A gray line of 2 pixels frames
    every image; cells without an image are gray too.

    Example:

    ```python
    digits = np.random.default_rng(0).uniform(-1, 1, (10, 8, 8, 1))
    picture = kgan.images.image_grid(digits, columns=5)  # (70, 172) uint8
    ```

    Args:
        images: Float array of shape `(n, height, width, channels)` with 1 or
            3 channels and values in [-1, 1]. Values outside are clipped; NaN
            is drawn black.
        columns: Images per row, at least 1. Defaults to the smallest number
            that leaves no more rows than columns.

    Returns:
        uint8 array, `(rows, columns)` of pixels for 1 channel and
        `(rows, columns, 3)` for 3.

    Raises:
        ValueError: If the images have another rank, number of channels or
            dtype, if there are none, if `columns` is not positive, or if the
            picture takes more memory than there is.
    """
    images = _float_array(images)
    if images.ndim != 4 or images.shape[-1] not in (1, 3):
        raise ValueError(
            "`images` must have shape (n, height, width, channels) with 1 or "
            f"3 channels. Received: images.shape={images.shape}"
        )
    num, height, width, channels = images.shape
    if columns is None:
        columns = math.ceil(math.sqrt(num))
    check_integer("columns", columns, minimum=1, maximum=None)
    rows = math.ceil(num / columns)

    scale = math.ceil(MIN_CELL_SIDE / max(height, width))
    pixels = _to_uint8(images).repeat(scale, axis=1).repeat(scale, axis=2)
    cell_height = height * scale + SEPARATOR
    cell_width = width * scale + SEPARATOR
    shape = (
        rows * cell_height + SEPARATOR,
        columns * cell_width + SEPARATOR,
        channels,
    )
    check_memory("columns", columns, math.prod(shape), "pixels")
    grid = np.full(shape, SEPARATOR_GRAY, dtype="uint8")
    for index, image in enumerate(pixels):
        top = index // columns * cell_height + SEPARATOR
        left = index % columns * cell_width + SEPARATOR
        grid[top : top + height * scale, left : left + width * scale] = image
    return grid[:, :, 0] if channels == 1 else grid


def save_grid(
    images: np.ndarray, path: str | Path, columns: int | None = None
) -> None:
    """Writes samples to one PNG file: a grid of images or a plot of vectors.

    Vectors of length 2 are drawn as a scatter plot, vectors of length 1 as a
    histogram. The file appears whole or not at all; missing directories are
    made.

    Example:

    ```python
    kgan.images.save_grid(gan.generate(64, seed=1), "samples/grid.png")
    ```

    Args:
        images: Float array of shape `(n, height, width, 1 or 3)` with values
            in [-1, 1], or of shape `(n, 1 or 2)` with any values.
        path: File to write, ending in `.png`.
        columns: Images per row; see `image_grid`. Vectors ignore it.

    Raises:
        ValueError: If the samples cannot be drawn or `path` is no PNG name.
        OSError: If the file cannot be written.
    """
    from PIL import Image

    check_png_path(path)
    check_file("path", path)
    images = _float_array(images)
    check_drawable(images.shape, "Samples (`images`)")
    if images.ndim == 2:
        write_bytes(path, _vector_plot(images))
        return
    content = io.BytesIO()
    Image.fromarray(image_grid(images, columns)).save(content, format="PNG")
    write_bytes(path, content.getvalue())


def check_drawable(
    shape: tuple[int | None, ...], what: str = "Samples"
) -> None:
    """Raises ValueError unless samples of this batch shape can be drawn."""
    image = len(shape) == 4 and shape[-1] in (1, 3)
    vector = len(shape) == 2 and shape[-1] in (1, 2)
    if not (image or vector):
        raise ValueError(
            f"{what} can be drawn as images of shape (n, height, width, 1 or "
            "3) or as vectors of shape (n, 1 or 2). "
            f"Received: shape={tuple(shape)}"
        )


def check_png_path(path: str | Path) -> None:
    """Raises ValueError unless `path` names a PNG file."""
    if check_path("path", path).suffix.lower() != ".png":
        raise ValueError(
            "`path` must end in .png, the only format written. "
            f"Received: path={str(path)!r}"
        )


def _float_array(images):
    if isinstance(images, np.ma.MaskedArray):
        raise ValueError(
            "`images` must not be masked, as a picture has no place for what "
            "is missing; fill it: `images.filled(-1)`. Received: images of "
            f"type MaskedArray, shape={images.shape}"
        )
    try:
        images = np.asarray(images)
    except Exception as error:  # Of any kind, from an object of the user.
        raise ValueError(
            "`images` must be an array that NumPy can read, all samples of "
            f"one shape ({error}). Received: images={shown(images)}"
        ) from error
    if images.dtype.kind in "biuOSUcmM":
        raise ValueError(
            "`images` must be floats in [-1, 1]; divide bytes by 127.5 and "
            f"subtract 1. Received: images.dtype={images.dtype}"
        )
    if images.size == 0:
        raise ValueError(
            "`images` must hold at least one sample. "
            f"Received: images.shape={images.shape}"
        )
    return images.astype("float32")


def _to_uint8(images):
    images = np.clip(np.nan_to_num(images, nan=-1.0), -1.0, 1.0)
    return np.round((images + 1.0) * 127.5).astype("uint8")


def _vector_plot(vectors):
    # Not pyplot: its figures and backend are global state of the program.
    from matplotlib.figure import Figure

    finite = vectors[np.isfinite(vectors).all(axis=1)]
    # Whole-number limits keep the axes of successive epochs comparable.
    limit = max(1, math.ceil(float(np.abs(finite).max(initial=0.0))))
    figure = Figure(figsize=(5, 5), dpi=100, layout="constrained")
    axes = figure.subplots()
    if vectors.shape[1] == 2:
        axes.scatter(finite[:, 0], finite[:, 1], s=9, alpha=0.6, c="#0072B2")
        axes.set(ylim=(-limit, limit), aspect="equal")
        axes.set(xlabel="first coordinate", ylabel="second coordinate")
    else:
        bins = np.linspace(-limit, limit, 51)
        axes.hist(finite[:, 0], bins=list(bins), color="#0072B2")
        axes.set(xlabel="sample", ylabel="count")
    axes.set(xlim=(-limit, limit), title=f"{len(finite)} samples")
    axes.grid(alpha=0.3)
    content = io.BytesIO()
    figure.savefig(content, format="png")
    return content.getvalue()
