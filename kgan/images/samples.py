"""Which samples can be drawn."""

from pathlib import Path
from typing import Any

import numpy as np

from kgan.arguments import shown
from kgan.files import check_path


def is_drawable(shape: tuple[int | None, ...]) -> bool:
    """Whether samples of this batch shape can be drawn."""
    image = len(shape) == 4 and shape[-1] in (1, 3)
    vector = len(shape) == 2 and shape[-1] != 0
    return image or vector


def check_drawable(
    shape: tuple[int | None, ...], what: str = "Samples"
) -> None:
    """Raises ValueError unless samples of this batch shape can be drawn."""
    if not is_drawable(shape):
        raise ValueError(
            f"{what} can be drawn as images of shape (n, height, width, 1 or "
            "3) or as vectors of shape (n, dim). "
            f"Received: shape={tuple(shape)}"
        )


def check_png_path(path: str | Path) -> None:
    """Raises ValueError unless `path` names a PNG file."""
    _check_ending(path, ".png")


def check_gif_path(path: str | Path) -> None:
    """Raises ValueError unless `path` names a GIF file."""
    _check_ending(path, ".gif")


def _check_ending(path, ending):
    if check_path("path", path).suffix.lower() != ending:
        raise ValueError(
            f"`path` must end in {ending}, the only format written. "
            f"Received: path={str(path)!r}"
        )


def float_array(images: Any, name: str = "images") -> np.ndarray:
    """Samples as float32; raises ValueError unless they are floats."""
    if isinstance(images, np.ma.MaskedArray):
        raise ValueError(
            f"`{name}` must not be masked, as a picture has no place for what "
            f"is missing; fill it: `{name}.filled(-1)`. Received: {name} of "
            f"type MaskedArray, shape={images.shape}"
        )
    try:
        images = np.asarray(images)
    except Exception as error:  # The user's object may raise anything.
        raise ValueError(
            f"`{name}` must be an array that NumPy can read, all samples of "
            f"one shape ({error}). Received: {name}={shown(images)}"
        ) from error
    if images.dtype.kind in "biuOSUcmM":
        raise ValueError(
            f"`{name}` must be floats in [-1, 1]; divide bytes by 127.5 and "
            f"subtract 1. Received: {name}.dtype={images.dtype}"
        )
    if images.size == 0:
        raise ValueError(
            f"`{name}` must hold at least one sample. "
            f"Received: {name}.shape={images.shape}"
        )
    return images.astype("float32")
