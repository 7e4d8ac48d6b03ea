"""Reads image files with Pillow, the same way for checking and training."""

import pathlib

import numpy as np
from PIL import Image, ImageOps

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png")


def read_image(path: str | pathlib.Path) -> np.ndarray:
    """Decodes one file as people see it.

    Photographs are turned upright as their EXIF orientation says, alpha is
    composited on white, 16 bits become 8, an animation gives its first frame.

    Args:
        path: An image file.

    Returns:
        Uint8 array `(height, width, channels)`; 1 channel where the file is
        grey, else 3.

    Raises:
        ValueError: If the file cannot be decoded to its last row.
    """
    try:
        with Image.open(path) as image:
            image.load()
            pixels = np.asarray(_flatten(ImageOps.exif_transpose(image)))
    # Pillow's decoders raise OSError, SyntaxError, struct.error, zlib.error
    # and more for a damaged file; all of them mean the same here.
    except Exception as error:
        raise ValueError(
            f"The image file {str(path)!r} cannot be decoded "
            f"({type(error).__name__}: {error}). Repair or remove it."
        ) from error
    return pixels if pixels.ndim == 3 else pixels[..., np.newaxis]


def _flatten(image: Image.Image) -> Image.Image:
    """Returns an opaque image of mode "L" or "RGB"."""
    if image.mode.startswith("I"):
        sixteen_bits = np.asarray(image).astype("uint32")
        return Image.fromarray((sixteen_bits >> 8).astype("uint8"))
    grey = image.mode in ("1", "L", "LA")
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("L" if grey else "RGB")
