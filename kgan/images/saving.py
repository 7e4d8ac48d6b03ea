"""Samples as files: pictures and animations."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kgan.arguments import check_integer
from kgan.files import check_file, write_bytes
from kgan.images.grid import image_grid
from kgan.images.plots import limit_of, vector_plot
from kgan.images.samples import (
    check_drawable,
    check_gif_path,
    check_png_path,
    float_array,
)


def save_grid(
    images: np.ndarray, path: str | Path, columns: int | None = None
) -> None:
    """Writes samples to one PNG file: a grid of images or a plot of vectors.

    Vectors of length 2 are drawn as a scatter plot, vectors of length 1 as a
    histogram. Of vectors of 3 to 8 coordinates each pair has a scatter plot
    and each coordinate a histogram; of longer ones the first 64 coordinates
    have a histogram each. The file appears whole or not at all; missing
    directories are made.

    Example:

    ```python
    kgan.images.save_grid(gan.generate(64, seed=1), "samples/grid.png")
    ```

    Args:
        images: Float array of shape `(n, height, width, 1 or 3)` with values
            in [-1, 1], or of shape `(n, dim)` with any values.
        path: File to write, ending in `.png`.
        columns: Images per row; see `image_grid`. Vectors ignore it.

    Raises:
        ValueError: If the samples cannot be drawn or `path` is no PNG name.
        OSError: If the file cannot be written.
    """
    from PIL import Image

    check_png_path(path)
    check_file("path", path)
    images = float_array(images)
    check_drawable(images.shape, "Samples (`images`)")
    if images.ndim == 2:
        write_bytes(path, vector_plot(images))
        return
    content = io.BytesIO()
    Image.fromarray(image_grid(images, columns)).save(content, format="PNG")
    write_bytes(path, content.getvalue())


def save_animation(
    frames: np.ndarray,
    path: str | Path,
    milliseconds: int = 80,
    columns: int | None = None,
) -> None:
    """Writes samples that change to one GIF that repeats without end.

    A viewer shows a frame that equals the one before as one that lasts.

    Example:

    ```python
    stops = kgan.images.latents(4, latent_dim=gan.latent_dim, seed=0)
    frames = gan.predict(kgan.images.latent_walk(stops), verbose=0)
    kgan.images.save_animation(frames, "walk.gif")
    ```

    Args:
        frames: Float array of images in [-1, 1], one each frame
            `(frames, height, width, 1 or 3)`, or several,
            `(frames, n, height, width, 1 or 3)`, in a grid; or of vectors,
            `(frames, n, dim)`, whose plots share their axes.
        path: File to write, ending in `.gif`.
        milliseconds: Time of a frame, at least 20, the least that viewers
            keep to; GIF counts in tens of them.
        columns: Images per row of the grid; see `image_grid`.

    Raises:
        ValueError: If the samples cannot be drawn, `path` is no GIF name, or
            another argument is not as above.
        OSError: If the file cannot be written.
    """
    check_gif_path(path)
    check_file("path", path)
    check_integer("milliseconds", milliseconds, minimum=20)
    frames = float_array(frames, "frames")
    if frames.ndim == 4:
        frames = frames[:, None]
    check_drawable(frames.shape[1:], "Frames (`frames`, each)")
    write_bytes(path, gif_bytes(_pictures(frames, columns), milliseconds))


def gif_bytes(pictures: Sequence[Any], milliseconds: int) -> bytes:
    """A GIF of pictures of Pillow of one size, which repeats without end."""
    content = io.BytesIO()
    pictures[0].save(
        content,
        format="GIF",
        save_all=True,
        append_images=pictures[1:],
        duration=milliseconds,
        loop=0,
    )
    return content.getvalue()


def _pictures(frames, columns):
    from PIL import Image

    if frames.ndim == 5:
        return [Image.fromarray(image_grid(f, columns)) for f in frames]
    limit, pictures = limit_of(frames), []
    for frame in frames:
        plot = io.BytesIO(vector_plot(frame, limit))
        with Image.open(plot, formats=("PNG",)) as picture:
            pictures.append(picture.convert("RGB"))
    return pictures
