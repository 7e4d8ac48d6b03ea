"""Reads image files with Pillow, the same way for checking and training."""

import contextlib
import os
import pathlib
import stat
import threading
import typing

import numpy as np
from PIL import Image, ImageOps

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
# Pillow knows some forty more, and starts programs for a few of them.
FORMATS = ("BMP", "GIF", "JPEG", "PNG")
# A photograph of 33 megapixels takes 240 MB while it is decoded.
MAX_PIXELS = 2**25
# No image of so many pixels is larger, in none of the formats.
MAX_BYTES = 2**28
STRIP_PIXELS = 2**20
KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


def read_image(path: str | pathlib.Path) -> np.ndarray:
    """Decodes one file as people see it.

    Photographs are turned upright as their EXIF orientation says, alpha is
    composited on white, 16 bits become 8, an animation gives its first frame.

    Args:
        path: A BMP, GIF, JPEG or PNG file, whatever its name ends in, of at
            most 2**25 pixels (33 megapixels).

    Returns:
        Uint8 array `(height, width, channels)`; 1 channel where the file is
        grey, else 3.

    Raises:
        ValueError: If it is no regular file, larger, of another format, or
            cannot be decoded to its last row.
    """
    check_regular(path)
    try:
        with Image.open(path, formats=FORMATS) as image:
            num_pixels = image.width * image.height
            if num_pixels > MAX_PIXELS:
                raise Image.DecompressionBombError(f"{num_pixels} pixels")
            with _share_of_memory(num_pixels):
                return _decoded(image)
    # Pillow warns or raises itself above some limits of its own.
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as e:
        raise ValueError(
            f"The image file {str(path)!r} is too large ({e}): {MAX_PIXELS} "
            "pixels are the most. Shrink or remove it."
        ) from e
    # Pillow's decoders raise OSError, SyntaxError, struct.error, zlib.error
    # and more for a damaged file; all of them mean the same here.
    except Exception as error:
        raise ValueError(
            f"The image file {str(path)!r} cannot be decoded "
            f"({type(error).__name__}: {error}). Repair or remove it; the "
            f"formats are {', '.join(FORMATS)}."
        ) from error


def check_regular(path: str | pathlib.Path) -> None:
    """Raises ValueError unless a file can be read to an end."""
    try:
        status = os.stat(path)
    except OSError as error:
        raise ValueError(
            f"The image file {str(path)!r} cannot be read ({error.strerror}). "
            "Repair or remove it."
        ) from error
    if not stat.S_ISREG(status.st_mode):
        kind = KINDS.get(stat.S_IFMT(status.st_mode), "no regular file")
        raise ValueError(
            f"The image file {str(path)!r} is {kind}, no file with an image. "
            "Repair or remove it."
        )
    if status.st_size > MAX_BYTES:
        raise ValueError(
            f"The image file {str(path)!r} has {status.st_size} bytes, where "
            f"{MAX_BYTES} are the most. Shrink or remove it."
        )


_free_pixels = MAX_PIXELS
_freed = threading.Condition()


@contextlib.contextmanager
def _share_of_memory(num_pixels: int) -> typing.Iterator[None]:
    """Waits until images of `MAX_PIXELS` in all are decoded at a time.

    As many threads decode as there are processors.
    """
    global _free_pixels
    with _freed:
        _freed.wait_for(lambda: num_pixels <= _free_pixels)
        _free_pixels -= num_pixels
    try:
        yield
    finally:
        with _freed:
            _free_pixels += num_pixels
            _freed.notify_all()


def _decoded(image: Image.Image) -> np.ndarray:
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    return _flatten(image)


def _flatten(image: Image.Image) -> np.ndarray:
    """Returns the pixels on white, uint8 `(height, width, 1 or 3)`."""
    if image.mode.startswith("I"):
        sixteen_bits = np.asarray(image)
        return (sixteen_bits >> 8).astype("uint8")[..., np.newaxis]
    grey = image.mode in ("1", "L", "LA")
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        return _on_white(image, "L" if grey else "RGB")
    pixels = np.asarray(image.convert("L" if grey else "RGB"))
    return pixels[..., np.newaxis] if grey else pixels


def _on_white(image: Image.Image, mode: str) -> np.ndarray:
    pixels = np.empty((image.height, image.width, len(mode)), "uint8")
    # Strip by strip: whole, there would be four copies at a time.
    num_rows = max(1, STRIP_PIXELS // image.width)
    for top in range(0, image.height, num_rows):
        bottom = min(top + num_rows, image.height)
        strip = image.crop((0, top, image.width, bottom)).convert("RGBA")
        white = Image.new("RGBA", strip.size, "white")
        opaque = Image.alpha_composite(white, strip).convert(mode)
        pixels[top:bottom] = np.asarray(opaque).reshape(
            pixels[top:bottom].shape
        )
    return pixels
